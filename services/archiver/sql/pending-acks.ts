import type { SmsReceivedAck } from '../../../shared/avro/records';
import { type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import { deleteClaimed } from '../../../shared/database/oracle/delete-claimed';
import { APP_COLUMN, ID_COLUMN, TIME_COLUMN } from '../../../shared/database/oracle/oracle-columns';
import { rejectUnlessUnique } from '../../../shared/database/oracle/row-errors';

/** The statements on acknowledgements that came before their message. */
export type PendingAcks = {
  /** Stores them; the first one of a message stays. */
  readonly store: (tx: Tx, acks: readonly SmsReceivedAck[], now: number) => Promise<void>;
  /**
   * Claims up to `limit` of those whose message is there now, oldest first. The caller deletes them
   * in the same transaction.
   */
  readonly claim: (tx: Tx, limit: number) => Promise<readonly SmsReceivedAck[]>;
  readonly remove: (tx: Tx, acks: readonly SmsReceivedAck[]) => Promise<void>;
  /**
   * Claims and deletes up to `limit` that were stored before `storedBefore` (epoch ms): their
   * message never appeared.
   */
  readonly drop: (tx: Tx, storedBefore: number, limit: number) => Promise<readonly SmsReceivedAck[]>;
};

type Row = { readonly received_id: string; readonly app_id: string; readonly processed_ms: number };

const FIELDS = 'received_id, app_id, (extract(epoch FROM processed_at) * 1000)::float8 AS processed_ms';

const toAck = (row: Row): SmsReceivedAck => ({
  receivedId: row.received_id,
  appId: row.app_id,
  processedAt: row.processed_ms,
});

const ITS_MESSAGE_IS_THERE = `
      (EXISTS (SELECT 1 FROM sm_receive_t r WHERE r.received_id = a.received_id)
         OR EXISTS (SELECT 1 FROM sm_receive_t_log l WHERE l.received_id = a.received_id))`;

const onPostgres: PendingAcks = {
  store: async ({ query }, acks, now) => {
    await query(
      `INSERT INTO sm_receive_ack (received_id, app_id, processed_at, stored_at)
     SELECT received_id, app_id, to_timestamp(processed_ms / 1000), to_timestamp($4::float8 / 1000)
       FROM unnest($1::text[], $2::text[], $3::float8[]) AS a (received_id, app_id, processed_ms)
     ON CONFLICT DO NOTHING`,
      [acks.map((ack) => ack.receivedId), acks.map((ack) => ack.appId), acks.map((ack) => ack.processedAt), now],
    );
  },
  claim: async ({ query }, limit) => {
    const { rows } = await query<Row>(
      `SELECT ${FIELDS} FROM sm_receive_ack a WHERE ${ITS_MESSAGE_IS_THERE}
      ORDER BY stored_at LIMIT $1 FOR UPDATE OF a SKIP LOCKED`,
      [limit],
      'archiver-claim-pending-acks',
    );
    return rows.map(toAck);
  },
  remove: async ({ query }, acks) => {
    await query('DELETE FROM sm_receive_ack WHERE received_id = ANY($1)', [acks.map((ack) => ack.receivedId)]);
  },
  drop: async ({ query }, storedBefore, limit) => {
    const { rows } = await query<Row>(
      `DELETE FROM sm_receive_ack WHERE received_id = ANY(ARRAY(
       SELECT received_id FROM sm_receive_ack WHERE stored_at < to_timestamp($1::float8 / 1000) LIMIT $2 FOR UPDATE SKIP LOCKED))
     RETURNING ${FIELDS}`,
      [storedBefore, limit],
    );
    return rows.map(toAck);
  },
};

type OracleRow = { readonly received_id: string; readonly app_id: string; readonly processed_at: Date };

const fromOracle = (row: OracleRow): SmsReceivedAck => ({
  receivedId: row.received_id,
  appId: row.app_id,
  processedAt: row.processed_at.getTime(),
});

const GONE = { text: 'DELETE FROM SM_RECEIVE_ACK WHERE RECEIVED_ID = :1', key: [ID_COLUMN] };

const removeOnOracle: PendingAcks['remove'] = async ({ oracle }, acks) => {
  await oracle.executeMany(
    GONE.text,
    acks.map((ack) => [ack.receivedId]),
    GONE.key,
  );
};

const onOracle: PendingAcks = {
  store: async ({ oracle }, acks, now) => {
    const rowErrors = await oracle.executeEach(
      'INSERT INTO SM_RECEIVE_ACK (RECEIVED_ID, APP_ID, PROCESSED_AT, STORED_AT) VALUES (:1, :2, :3, :4)',
      acks.map((ack) => [ack.receivedId, ack.appId, new Date(ack.processedAt), new Date(now)]),
      [ID_COLUMN, APP_COLUMN, TIME_COLUMN, TIME_COLUMN],
    );
    // A repeated one is no error: the first one of a message stays.
    rejectUnlessUnique(rowErrors);
  },
  claim: async ({ oracle }, limit) => {
    const { rows } = await oracle.execute<OracleRow>(
      `SELECT RECEIVED_ID, APP_ID, PROCESSED_AT FROM SM_RECEIVE_ACK a WHERE ${ITS_MESSAGE_IS_THERE}
 ORDER BY STORED_AT FOR UPDATE SKIP LOCKED`,
      [],
      { maxRows: limit },
    );
    return rows.map(fromOracle);
  },
  remove: removeOnOracle,
  drop: async (tx, storedBefore, limit) => {
    const { rows } = await tx.oracle.execute<OracleRow>(
      'SELECT RECEIVED_ID, APP_ID, PROCESSED_AT FROM SM_RECEIVE_ACK WHERE STORED_AT < :1 FOR UPDATE SKIP LOCKED',
      [new Date(storedBefore)],
      { maxRows: limit },
    );
    return deleteClaimed(tx.oracle, GONE, rows.map(fromOracle), ({ receivedId }) => [receivedId]);
  },
};

const PENDING_ACKS: PerEngine<PendingAcks> = { pg: onPostgres, oracledb: onOracle };

export const createPendingAcks = (engine: Engine): PendingAcks => forEngine(engine, PENDING_ACKS);
