import { isCutMsgId, MSG_ID_LENGTH, spellingsOf } from '../../../shared/sms/msg-id';
import { toText } from './exchange-rows';

export type HasMsgId = { readonly msgId: string | null };

/**
 * Returns the MSG_IDs that these rows may mean, each once: as written, and in capitals (see
 * `spellingsOf`).
 */
export const toMsgIds = (rows: readonly HasMsgId[]): readonly string[] => [
  ...new Set(
    rows.flatMap((row) => {
      const id = toText(row.msgId);
      return id === null ? [] : spellingsOf(id);
    }),
  ),
];

/**
 * Returns those ids of these rows, in capitals, that may be MSG_IDs of the bridge cut by a narrow
 * column.
 */
export const selectCutIds = (rows: readonly HasMsgId[], now: number): readonly string[] =>
  toMsgIds(rows).filter((id) => isCutMsgId(id, now));

/**
 * Maps each cut id to the only whole id that begins with it. A cut id that fits two whole ids is
 * left out.
 */
export const completeCutIds = (cut: readonly string[], found: readonly string[]): ReadonlyMap<string, string> => {
  const whole = found.filter((id) => id.length === MSG_ID_LENGTH);
  return new Map(
    cut.flatMap((beginning) => {
      const [id, ...others] = whole.filter((one) => one.startsWith(beginning));
      return id === undefined || others.length > 0 ? [] : [[beginning, id] as const];
    }),
  );
};

/** Returns a function that finds a row's message by MSG_ID: as written, in capitals, or cut. */
export const createFindByMsgId = <Message extends { readonly msgId: string }>(
  messages: readonly Message[],
  completed: ReadonlyMap<string, string> = new Map(),
): ((row: HasMsgId) => Message | undefined) => {
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
