import type { Query } from '../../shared/database/open-database';
import type { LedgerMessage } from '../core/collect-plan';
import { isAnsweredByPart, type LedgerStatus, type Part } from '../core/message-state';

/** Which messages: by their ids, and by what the gateway calls them (see `toGatewayKey`). */
export type Wanted = {
  readonly messageIds: readonly string[];
  readonly gatewayKeys: readonly string[];
  /** messages with such a gateway id count only when they were sent after this (epoch ms) */
  readonly sentAfter: number;
};

const TABLES = { day: 'sm_send_t', history: 'sm_send_t_log' } as const;

/** As the indexes have it; the same as `toGatewayKey`. */
const KEY = `ltrim(upper(gateway_msg_id COLLATE "C"), '0')`;
const SENT_AT = 'coalesce(submitted_at, handed_at)';

/** More messages with one gateway id within the window than this are not looked at. */
const MOST_WITH_ONE_ID = 8;

/** One index look-up for each key. Without the inner LIMIT the planner, who knows nothing about the keys, would read the whole ledger for a hash join. */
const byKey = (from: string, key: string, sentAt: string): string => `
  SELECT c.message_id FROM unnest($2::text[]) AS k (gateway_key), LATERAL (
    SELECT message_id FROM ${from} WHERE ${key} = k.gateway_key AND ${sentAt} >= to_timestamp($3::float8 / 1000)
     ORDER BY ${sentAt} DESC LIMIT ${MOST_WITH_ONE_ID}) AS c`;

const COLUMNS = `message_id, app_id, dest_addr, context, status, reason, submitted_at IS NOT NULL AS submitted, gateway_msg_id, gateway_code,
       part_count, parts_done`;

const lockStatement = (place: LedgerMessage['place'], keys: boolean, perPart: boolean): string => {
  const table = TABLES[place];
  const ids = keys
    ? `message_id = ANY(ARRAY(
  SELECT unnest($1::text[]) UNION ALL${byKey(table, `gateway_msg_id IS NOT NULL AND ${KEY}`, SENT_AT)}${
    perPart ? ` UNION ALL${byKey('sm_send_part', 'gateway_key', 'created_at')}` : ''
  }))`
    : 'message_id = ANY(ARRAY(SELECT unnest($1::text[])))';
  return `SELECT ${COLUMNS}${keys ? `, (extract(epoch FROM ${SENT_AT}) * 1000)::float8 AS sent_ms` : ''}
  FROM ${table} WHERE ${ids} ORDER BY message_id FOR UPDATE`;
};

type Row = {
  readonly message_id: string;
  readonly app_id: string;
  readonly dest_addr: string;
  readonly context: string | null;
  readonly status: LedgerStatus;
  readonly reason: string | null;
  readonly submitted: boolean;
  readonly gateway_msg_id: string | null;
  readonly gateway_code: string | null;
  readonly part_count: number;
  readonly parts_done: number;
  readonly sent_ms?: number | null;
};

const toMessage = (row: Row, place: LedgerMessage['place']): LedgerMessage => ({
  messageId: row.message_id,
  appId: row.app_id,
  destAddr: row.dest_addr,
  context: row.context,
  status: row.status,
  reason: row.reason,
  submitted: row.submitted,
  gatewayMsgId: row.gateway_msg_id,
  gatewayCode: row.gateway_code,
  partCount: row.part_count,
  partsDone: row.parts_done,
  parts: [],
  place,
  sentMs: row.sent_ms ?? null,
});

/** The parts that are known of messages whose rows are locked: only who holds that lock changes them. */
const withParts = async (query: Query, messages: readonly LedgerMessage[]): Promise<readonly LedgerMessage[]> => {
  const ids = messages.filter((message) => isAnsweredByPart(message, true)).map(({ messageId }) => messageId);
  if (ids.length === 0) return messages;
  const { rows } = await query<{
    message_id: string;
    gateway_key: string;
    gateway_msg_id: string;
    part_no: number;
    status: LedgerStatus;
    gateway_code: string | null;
  }>(
    `SELECT message_id, gateway_key, gateway_msg_id, part_no, status, gateway_code FROM sm_send_part
      WHERE message_id = ANY($1) ORDER BY message_id, part_no`,
    [ids],
  );
  const parts = new Map<string, Part[]>();
  for (const row of rows) {
    const part: Part = {
      key: row.gateway_key,
      gatewayMsgId: row.gateway_msg_id,
      partNo: row.part_no,
      status: row.status,
      gatewayCode: row.gateway_code,
    };
    parts.set(row.message_id, [...(parts.get(row.message_id) ?? []), part]);
  }
  return messages.map((message) => ({ ...message, parts: parts.get(message.messageId) ?? [] }));
};

/**
 * Locks the ledger rows of these messages in MESSAGE_ID order, the order of every lock on them, and returns them as they are now. Whoever looks in
 * both places looks in the day table first: rows only move from there to the history, and a row that is just being moved makes this wait. The
 * statements are planned each time, and ask for the ids in an ARRAY: a plan from the time when the ledger was empty, or one that weighs 1000 look-ups
 * against what the planner believes to be a small table, would read all of it.
 */
export type LockMessages = (
  query: Query,
  place: LedgerMessage['place'],
  wanted: Wanted,
) => Promise<readonly LedgerMessage[]>;

/** PostgreSQL's LockMessages. @param perPart the gateway answers part by part */
export const createLockMessages = (perPart: boolean): LockMessages => {
  const statements = {
    day: { ids: lockStatement('day', false, perPart), keys: lockStatement('day', true, perPart) },
    history: { ids: lockStatement('history', false, perPart), keys: lockStatement('history', true, perPart) },
  };
  return async (query, place, { messageIds, gatewayKeys, sentAfter }) => {
    if (messageIds.length + gatewayKeys.length === 0) return [];
    const { rows } =
      gatewayKeys.length === 0
        ? await query<Row>(statements[place].ids, [messageIds])
        : await query<Row>(statements[place].keys, [messageIds, gatewayKeys, sentAfter]);
    const messages = rows.map((row) => toMessage(row, place));
    return perPart ? withParts(query, messages) : messages;
  };
};
