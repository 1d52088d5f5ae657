import type { Query } from '../../../shared/database/database';
import { LEDGER_TABLES } from '../../../shared/ledger/tables';
import type { LedgerMessage } from '../core/collect-plan';
import {
  idsWithSegments,
  type LockMessages,
  MAX_MATCHES_PER_GATEWAY_ID,
  type MessageRow,
  type SegmentRow,
  toMessage,
  withSegments,
} from './ledger-rows';

/** The expression of the index; equal to `toGatewayKey`. */
const KEY = `ltrim(upper(gateway_msg_id COLLATE "C"), '0')`;
const SENT_AT = 'coalesce(submitted_at, handed_at)';

/**
 * Looks up each key once in the index: first messages to a number in the reports, then the newest.
 * Without the inner LIMIT the planner, which knows nothing about the keys, reads the whole ledger
 * for a hash join.
 */
const byKey = (from: string, key: string, sentAt: string): string => `
  SELECT c.msg_id FROM unnest($2::text[]) AS k (gateway_key), LATERAL (
    SELECT msg_id FROM ${from} WHERE ${key} = k.gateway_key AND ${sentAt} >= to_timestamp($3::float8 / 1000)
     ORDER BY dest_addr = ANY($4::text[]) DESC NULLS LAST, ${sentAt} DESC LIMIT $5) AS c`;

const COLUMNS = `msg_id, message_id, app_id, dest_addr, context, status, reason, submitted_at IS NOT NULL AS submitted, gateway_msg_id, gateway_code,
       part_count, parts_done, need_report`;

const lockStatement = (table: LedgerMessage['table'], keys: boolean): string => {
  const ledger = LEDGER_TABLES[table];
  const ids = keys
    ? `msg_id = ANY(ARRAY(
  SELECT unnest($1::text[]) UNION ALL${byKey(ledger, `gateway_msg_id IS NOT NULL AND ${KEY}`, SENT_AT)}
  UNION ALL${byKey('sm_send_part', 'gateway_key', 'created_at')}))`
    : 'msg_id = ANY(ARRAY(SELECT unnest($1::text[])))';
  return `SELECT ${COLUMNS}${keys ? `, (extract(epoch FROM ${SENT_AT}) * 1000)::float8 AS sent_ms, (extract(epoch FROM handed_at) * 1000)::float8 AS handed_ms` : ''}
  FROM ${ledger} WHERE ${ids} ORDER BY message_id, app_id COLLATE "C" FOR UPDATE`;
};

const readSegments = async (
  query: Query,
  messages: readonly LedgerMessage[],
  ids: readonly string[],
): Promise<readonly LedgerMessage[]> => {
  if (ids.length === 0) return messages;
  const { rows } = await query<SegmentRow>(
    `SELECT msg_id, gateway_key, gateway_msg_id, part_no, status, gateway_code FROM sm_send_part
      WHERE msg_id = ANY($1) ORDER BY msg_id, part_no`,
    [ids],
  );
  return withSegments(messages, rows);
};

/**
 * Locks on PostgreSQL. The statements are planned each time and pass the ids as an ARRAY. A plan
 * from the time of an empty ledger, or one that compares 1000 look-ups with a table that the
 * planner believes small, would read the whole table.
 */
export const lockOnPostgres = (perSegment: boolean): LockMessages => {
  const statements = {
    live: { ids: lockStatement('live', false), keys: lockStatement('live', true) },
    history: { ids: lockStatement('history', false), keys: lockStatement('history', true) },
  };
  return async ({ query }, table, wanted) => {
    const { msgIds, gatewayKeys, sentAfter, numbers = [] } = wanted;
    if (msgIds.length + gatewayKeys.length === 0) return [];
    const { rows } =
      gatewayKeys.length === 0
        ? await query<MessageRow>(statements[table].ids, [msgIds])
        : await query<MessageRow>(statements[table].keys, [
            msgIds,
            gatewayKeys,
            sentAfter,
            numbers,
            MAX_MATCHES_PER_GATEWAY_ID * (numbers.length + 1),
          ]);
    const messages = rows.map((row) => toMessage(row, table));
    return readSegments(query, messages, idsWithSegments(messages, wanted, perSegment));
  };
};
