import { type Database, forEngine, type PerEngine, type Tx } from '../../shared/database/open-database';
import { inList, padded } from '../../shared/database/oracle-lists';
import type { MessageKey } from '../../shared/sms/message-key';

/** The messages with these ids in the ledger, every application's. */
export type FindKnownMessages = (tx: Tx, messageIds: readonly string[]) => Promise<readonly MessageKey[]>;

type KnownRow = { readonly message_id: string; readonly app_id: string };

export const toKnownMessages = (rows: readonly KnownRow[]): readonly MessageKey[] =>
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
