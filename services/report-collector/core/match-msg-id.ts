import { isCutMsgId, MSG_ID_LENGTH, spellingsOf } from '../../../shared/sms/msg-id';
import { toText } from './exchange-rows';

export type Named = { readonly msgId: string | null };

/** The MSG_IDs that these rows may mean, each once: as they are written, and in capitals (see `spellingsOf`). */
export const msgIdsOf = (rows: readonly Named[]): readonly string[] => [
  ...new Set(
    rows.flatMap((row) => {
      const id = toText(row.msgId);
      return id === null ? [] : spellingsOf(id);
    }),
  ),
];

/** What these rows name that may be an id of ours, cut by a narrow column; in capitals. */
export const cutIdsOf = (rows: readonly Named[], now: number): readonly string[] =>
  msgIdsOf(rows).filter((id) => isCutMsgId(id, now));

/** For each cut id the only one that it can be; one that two ids begin with is nobody's. */
export const completeCutIds = (cut: readonly string[], found: readonly string[]): ReadonlyMap<string, string> => {
  const whole = found.filter((id) => id.length === MSG_ID_LENGTH);
  return new Map(
    cut.flatMap((beginning) => {
      const [id, ...others] = whole.filter((one) => one.startsWith(beginning));
      return id === undefined || others.length > 0 ? [] : [[beginning, id] as const];
    }),
  );
};

/** Finds by MSG_ID: as it is written, in capitals, or cut. */
export const createFindByMsgId = <Message extends { readonly msgId: string }>(
  messages: readonly Message[],
  completed: ReadonlyMap<string, string> = new Map(),
): ((row: Named) => Message | undefined) => {
  const byId = new Map(messages.map((message) => [message.msgId, message]));
  return (row) => {
    const text = toText(row.msgId);
    if (text === null) return undefined;
    for (const spelling of spellingsOf(text)) {
      const message = byId.get(spelling) ?? byId.get(completed.get(spelling) ?? '');
      if (message !== undefined) return message;
    }
    return undefined;
  };
};
