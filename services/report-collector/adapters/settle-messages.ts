import type { Query } from '../../shared/database/open-database';
import { toPlainArray, toTextArray } from '../../shared/database/sql-array';
import type { LedgerMessage, SettledPart, Settlement } from '../core/collect-plan';
import { isFinal } from '../core/message-state';
import { WIDTHS } from '../core/row-problems';

/**
 * The ARRAY makes it an index look-up for each message: about a ledger that grows by the minute the planner believes less than there is, and would
 * rather read all of it for a hash join with 1000 rows.
 */
const settleStatement = (table: string): string => `
UPDATE ${table} t
   SET status = s.status, reason = s.reason, gateway_msg_id = s.gateway_msg_id, gateway_code = s.gateway_code, parts_done = s.parts_done,
       submitted_at = CASE WHEN s.submitted_now THEN to_timestamp($9::float8 / 1000) ELSE t.submitted_at END,
       final_at = CASE WHEN s.final_now THEN to_timestamp($9::float8 / 1000) ELSE t.final_at END
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::boolean[], $8::boolean[])
    AS s (message_id, status, reason, gateway_msg_id, gateway_code, parts_done, submitted_now, final_now)
 WHERE t.message_id = s.message_id AND t.message_id = ANY(ARRAY(SELECT unnest($1::text[])))`;

const STATEMENTS = { day: settleStatement('sm_send_t'), history: settleStatement('sm_send_t_log') } as const;

/** The raw code is in the event; the ledger's column may be narrower than the province's. */
const fitCode = (code: string | null): string | null =>
  code === null || code.length <= WIDTHS.code ? code : [...code].slice(0, WIDTHS.code).join('');

/** Writes the new state of messages whose rows the caller has locked, all in the day table or all in the history. */
export const settleMessages = async (
  query: Query,
  place: LedgerMessage['place'],
  settlements: readonly Settlement[],
  now: number,
): Promise<void> => {
  const texts = (of: (message: LedgerMessage) => string | null): string =>
    toTextArray(settlements.map(({ message }) => of(message)));
  await query(STATEMENTS[place], [
    texts((message) => message.messageId),
    texts((message) => message.status),
    texts((message) => message.reason),
    texts((message) => message.gatewayMsgId),
    texts((message) => fitCode(message.gatewayCode)),
    toPlainArray(settlements.map(({ message }) => message.partsDone)),
    toPlainArray(settlements.map(({ submittedNow }) => submittedNow)),
    toPlainArray(settlements.map(({ finalNow }) => finalNow)),
    now,
  ]);
};

/** Enters parts, or what became of parts that are there. */
export const settleParts = async (query: Query, parts: readonly SettledPart[], now: number): Promise<void> => {
  await query(
    `INSERT INTO sm_send_part (message_id, gateway_key, gateway_msg_id, part_no, status, gateway_code, created_at, settled_at)
     SELECT message_id, gateway_key, gateway_msg_id, part_no, status, gateway_code, to_timestamp($8::float8 / 1000),
            CASE WHEN final THEN to_timestamp($8::float8 / 1000) END
       FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::boolean[])
         AS p (message_id, gateway_key, gateway_msg_id, part_no, status, gateway_code, final)
     ON CONFLICT (message_id, gateway_key) DO UPDATE
        SET status = excluded.status, gateway_code = excluded.gateway_code, settled_at = excluded.settled_at`,
    [
      parts.map((part) => part.messageId),
      parts.map((part) => part.key),
      parts.map((part) => part.gatewayMsgId),
      parts.map((part) => part.partNo),
      parts.map((part) => part.status),
      parts.map((part) => fitCode(part.gatewayCode)),
      parts.map((part) => isFinal(part.status)),
      now,
    ],
    'collector-settle-parts',
  );
};
