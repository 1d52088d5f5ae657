import type { SmsReceivedAck } from '../../shared/avro/records';
import type { Query } from '../../shared/database/open-database';

type Row = { readonly received_id: string; readonly app_id: string; readonly processed_ms: number };

const FIELDS = 'received_id, app_id, (extract(epoch FROM processed_at) * 1000)::float8 AS processed_ms';

const toAck = (row: Row): SmsReceivedAck => ({
  receivedId: row.received_id,
  appId: row.app_id,
  processedAt: row.processed_ms,
});

/** Keeps acknowledgements that came before their message; the first of a message stays. */
export const storePendingAcks = async (query: Query, acks: readonly SmsReceivedAck[], now: number): Promise<void> => {
  await query(
    `INSERT INTO sm_receive_ack (received_id, app_id, processed_at, stored_at)
     SELECT received_id, app_id, to_timestamp(processed_ms / 1000), to_timestamp($4::float8 / 1000)
       FROM unnest($1::text[], $2::text[], $3::float8[]) AS a (received_id, app_id, processed_ms)
     ON CONFLICT DO NOTHING`,
    [acks.map((ack) => ack.receivedId), acks.map((ack) => ack.appId), acks.map((ack) => ack.processedAt), now],
  );
};

/** Claims up to `limit` kept acknowledgements whose message is there now, oldest first. The caller deletes them in the same transaction. */
export const claimPendingAcks = async (query: Query, limit: number): Promise<readonly SmsReceivedAck[]> => {
  const { rows } = await query<Row>(
    `SELECT ${FIELDS} FROM sm_receive_ack a
      WHERE EXISTS (SELECT 1 FROM sm_receive_t r WHERE r.received_id = a.received_id)
         OR EXISTS (SELECT 1 FROM sm_receive_t_log l WHERE l.received_id = a.received_id)
      ORDER BY stored_at LIMIT $1 FOR UPDATE OF a SKIP LOCKED`,
    [limit],
    'archiver-claim-pending-acks',
  );
  return rows.map(toAck);
};

export const deletePendingAcks = async (query: Query, acks: readonly SmsReceivedAck[]): Promise<void> => {
  await query('DELETE FROM sm_receive_ack WHERE received_id = ANY($1)', [acks.map((ack) => ack.receivedId)]);
};

/** Claims and deletes up to `limit` acknowledgements kept since before `storedBefore`: their message never appeared. */
export const dropPendingAcks = async (
  query: Query,
  storedBefore: number,
  limit: number,
): Promise<readonly SmsReceivedAck[]> => {
  const { rows } = await query<Row>(
    `DELETE FROM sm_receive_ack WHERE received_id = ANY(ARRAY(
       SELECT received_id FROM sm_receive_ack WHERE stored_at < to_timestamp($1::float8 / 1000) LIMIT $2 FOR UPDATE SKIP LOCKED))
     RETURNING ${FIELDS}`,
    [storedBefore, limit],
  );
  return rows.map(toAck);
};
