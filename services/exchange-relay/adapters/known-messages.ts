import { type Database, forEngine, type PerEngine, type Tx } from '../../shared/database/open-database';
import { inList, padded } from '../../shared/database/oracle-lists';

/** Whose message a ledger row is. */
export type KnownMessage = { readonly messageId: string; readonly appId: string };

/** Whose messages those are that the ledger refused to enter once more, and what they say to whom. */
export type FindKnownMessages = (
  tx: Tx,
  messageIds: readonly string[],
) => Promise<readonly (KnownMessage & { readonly sent: { readonly destAddr: string; readonly content: string } })[]>;

type KnownRow = { readonly message_id: string; readonly app_id: string };

export const toKnownMessages = (rows: readonly KnownRow[]): readonly KnownMessage[] =>
  rows.map((row) => ({ messageId: row.message_id, appId: row.app_id }));

type SentRow = KnownRow & { readonly dest_addr: string; readonly content: string };

const toSent = (row: SentRow) => ({
  messageId: row.message_id,
  appId: row.app_id,
  sent: { destAddr: row.dest_addr, content: row.content },
});

const FIND: PerEngine<FindKnownMessages> = {
  pg: async ({ query }, messageIds) => {
    const { rows } = await query<SentRow>(
      'SELECT message_id, app_id, dest_addr, content FROM sm_send_t WHERE message_id = ANY($1)',
      [messageIds],
    );
    return rows.map(toSent);
  },
  oracledb: async ({ oracle }, messageIds) => {
    const ids = padded(messageIds);
    const { rows } = await oracle.execute<SentRow>(
      `SELECT MESSAGE_ID, APP_ID, DEST_ADDR, CONTENT FROM SM_SEND_T WHERE ${inList('MESSAGE_ID', ids.length)}`,
      ids,
    );
    return rows.map(toSent);
  },
};

export const createFindKnownMessages = (db: Pick<Database, 'engine'>): FindKnownMessages => forEngine(db.engine, FIND);
