import type { SmsReceivedAck } from '../../shared/avro/records';
import type { Query } from '../../shared/database/open-database';
import type { AckedRow } from '../core/decide-acks';

const TABLES = { day: 'sm_receive_t', history: 'sm_receive_t_log' } as const;

const lockIn = async (query: Query, place: AckedRow['place'], ids: readonly string[]): Promise<AckedRow[]> => {
  const { rows } = await query<{ received_id: string; app_id: string | null; processed: boolean }>(
    `SELECT received_id, app_id, processed_at IS NOT NULL AS processed FROM ${TABLES[place]}
      WHERE received_id = ANY($1) ORDER BY received_id FOR UPDATE`,
    [ids],
    `archiver-lock-acked-${place}`,
  );
  return rows.map((row) => ({ receivedId: row.received_id, appId: row.app_id, processed: row.processed, place }));
};

/**
 * Locks the rows of these inbound messages, in their order. The day table first: a row that is being moved makes this wait, and the second
 * look finds it in the history. Rows only ever move that way.
 * @param receivedIds sorted, each once
 */
export const lockAckedRows = async (query: Query, receivedIds: readonly string[]): Promise<readonly AckedRow[]> => {
  const today = await lockIn(query, 'day', receivedIds);
  if (today.length === receivedIds.length) return today;
  const found = new Set(today.map((row) => row.receivedId));
  const missing = receivedIds.filter((id) => !found.has(id));
  return [...today, ...(await lockIn(query, 'history', missing))];
};

/** Which of these applications are customer service: those may acknowledge for everybody. */
export const findCustomerService = async (query: Query, appIds: readonly string[]): Promise<ReadonlySet<string>> => {
  const { rows } = await query<{ app_id: string }>(
    `SELECT DISTINCT app_id FROM login_user WHERE app_id = ANY($1) AND role = 'customer-service' AND enabled`,
    [appIds],
    'archiver-customer-service',
  );
  return new Set(rows.map((row) => row.app_id));
};

/** Sets PROCESSED_AT and PROCESSED_BY, once. A message given up before counts as processed after all. */
export const markProcessed = async (
  query: Query,
  place: AckedRow['place'],
  acks: readonly SmsReceivedAck[],
): Promise<void> => {
  await query(
    `UPDATE ${TABLES[place]} t SET processed_at = to_timestamp(a.processed_ms / 1000), processed_by = a.app_id
            ${place === 'history' ? `, outcome = 'processed'` : ''}
       FROM unnest($1::text[], $2::float8[], $3::text[]) AS a (received_id, processed_ms, app_id)
      WHERE t.received_id = a.received_id AND t.processed_at IS NULL`,
    [acks.map((ack) => ack.receivedId), acks.map((ack) => ack.processedAt), acks.map((ack) => ack.appId)],
    `archiver-mark-processed-${place}`,
  );
};
