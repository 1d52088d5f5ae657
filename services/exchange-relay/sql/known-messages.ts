import { type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import { inList, padded } from '../../../shared/database/oracle/oracle-lists';
import type { EndedUnsent, KnownMessage } from '../core/known-message';

/** Returns the messages with these ids in the ledger, of all applications. */
export type FindKnownMessages = (tx: Tx, messageIds: readonly string[]) => Promise<readonly KnownMessage[]>;

/**
 * The columns that tell how a message in SM_SEND_T or SM_SEND_T_LOG ended; the same text on both
 * engines.
 */
export const KNOWN_COLUMNS = `MESSAGE_ID, APP_ID, DEST_ADDR, CONTEXT, REASON, FINAL_AT,
  CASE WHEN HANDED_AT IS NULL AND STATUS IN ('REJECTED', 'CANCELLED', 'EXPIRED') THEN STATUS END AS ENDED`;

export type KnownRow = {
  readonly message_id: string;
  readonly app_id: string;
  readonly dest_addr: string;
  readonly context: string | null;
  readonly reason: string | null;
  readonly final_at: Date | null;
  readonly ended: EndedUnsent['status'] | null;
};

/** The value of a NOT NULL column that is not known. */
const UNKNOWN = '?';

const toEnded = ({ dest_addr, context, reason, final_at, ended }: KnownRow): EndedUnsent | undefined =>
  ended === null || final_at === null
    ? undefined
    : {
        status: ended,
        reason,
        context,
        destAddr: dest_addr === UNKNOWN ? null : dest_addr,
        endedAt: final_at.getTime(),
      };

const toKnownMessage = (row: KnownRow): KnownMessage => ({
  messageId: row.message_id,
  appId: row.app_id,
  ended: toEnded(row),
});

export const toKnownMessages = (rows: readonly KnownRow[]): readonly KnownMessage[] => rows.map(toKnownMessage);

type SentRow = KnownRow & { readonly content: string };

const toSent = (row: SentRow): KnownMessage => ({
  ...toKnownMessage(row),
  sent: { destAddr: row.dest_addr, content: row.content },
});

const FIND: PerEngine<FindKnownMessages> = {
  pg: async ({ query }, messageIds) => {
    const { rows } = await query<SentRow>(
      `SELECT ${KNOWN_COLUMNS}, CONTENT FROM sm_send_t WHERE message_id = ANY($1)`,
      [messageIds],
    );
    return rows.map(toSent);
  },
  oracledb: async ({ oracle }, messageIds) => {
    const ids = padded(messageIds);
    const { rows } = await oracle.execute<SentRow>(
      `SELECT ${KNOWN_COLUMNS}, CONTENT FROM SM_SEND_T WHERE ${inList('MESSAGE_ID', ids.length)}`,
      ids,
    );
    return rows.map(toSent);
  },
};

export const createFindKnownMessages = (engine: Engine): FindKnownMessages => forEngine(engine, FIND);
