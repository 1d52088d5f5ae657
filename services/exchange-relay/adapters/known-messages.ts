import { type Database, forEngine, type PerEngine, type Tx } from '../../shared/database/open-database';
import { inList, padded } from '../../shared/database/oracle-lists';

/** Whose message a ledger row is. */
export type KnownMessage = { readonly messageId: string; readonly appId: string };

/** The owners of messages that the ledger refused to enter once more. */
export type FindKnownMessages = (tx: Tx, messageIds: readonly string[]) => Promise<readonly KnownMessage[]>;

type KnownRow = { readonly message_id: string; readonly app_id: string };

export const toKnownMessages = (rows: readonly KnownRow[]): readonly KnownMessage[] =>
  rows.map((row) => ({ messageId: row.message_id, appId: row.app_id }));

const FIND: PerEngine<FindKnownMessages> = {
  pg: async ({ query }, messageIds) => {
    const { rows } = await query<KnownRow>('SELECT message_id, app_id FROM sm_send_t WHERE message_id = ANY($1)', [
      messageIds,
    ]);
    return toKnownMessages(rows);
  },
  oracledb: async ({ oracle }, messageIds) => {
    const ids = padded(messageIds);
    const { rows } = await oracle.execute<KnownRow>(
      `SELECT MESSAGE_ID, APP_ID FROM SM_SEND_T WHERE ${inList('MESSAGE_ID', ids.length)}`,
      ids,
    );
    return toKnownMessages(rows);
  },
};

export const createFindKnownMessages = (db: Pick<Database, 'engine'>): FindKnownMessages => forEngine(db.engine, FIND);
