import { type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import {
  CODE_COLUMN,
  ID_COLUMN,
  NUMBER_COLUMN,
  REASON_COLUMN,
  STATUS_COLUMN,
  TIME_COLUMN,
  textColumn,
} from '../../../shared/database/oracle/oracle-columns';
import { toPlainArray, toTextArray } from '../../../shared/database/postgres/sql-array';
import { isFinal } from '../../../shared/ledger/status';
import { LEDGER_TABLES } from '../../../shared/ledger/tables';
import { WIDTHS } from '../../../shared/ledger/widths';
import type { LedgerMessage, SettledSegment, Settlement } from '../core/collect-plan';

/**
 * Writes the new state of messages whose rows the caller has locked: all in the live table, or all
 * in the history.
 */
export type SettleMessages = (
  tx: Tx,
  table: LedgerMessage['table'],
  settlements: readonly Settlement[],
  now: number,
) => Promise<void>;

/** Enters new segments and updates known ones. The caller has locked the rows of their messages. */
export type SettleSegments = (tx: Tx, segments: readonly SettledSegment[], now: number) => Promise<void>;

/**
 * The ARRAY leads to one index look-up for each message. The ledger grows by the minute, so the
 * planner believes it smaller than it is and would read all of it for a hash join with 1000 rows.
 */
const settleOnPostgres = (table: LedgerMessage['table']): string => `
UPDATE ${LEDGER_TABLES[table]} t
   SET status = s.status, reason = s.reason, gateway_msg_id = s.gateway_msg_id, gateway_code = s.gateway_code, parts_done = s.parts_done,
       part_count = s.part_count,
       submitted_at = CASE WHEN s.submitted_now THEN to_timestamp($9::float8 / 1000) ELSE t.submitted_at END,
       final_at = CASE WHEN s.final_now THEN to_timestamp($9::float8 / 1000) ELSE t.final_at END,
       gateway_submitted_at = coalesce(t.gateway_submitted_at, to_timestamp(s.submitted_ms / 1000)),
       gateway_done_at = coalesce(to_timestamp(s.done_ms / 1000), t.gateway_done_at), gateway_message = coalesce(s.words, t.gateway_message)
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::boolean[], $8::boolean[], $10::int[], $11::float8[], $12::float8[],
              $13::text[])
    AS s (msg_id, status, reason, gateway_msg_id, gateway_code, parts_done, submitted_now, final_now, part_count, submitted_ms, done_ms, words)
 WHERE t.msg_id = s.msg_id AND t.msg_id = ANY(ARRAY(SELECT unnest($1::text[])))`;

const SETTLE_SQL = { live: settleOnPostgres('live'), history: settleOnPostgres('history') } as const;

/**
 * Cuts for the ledger, whose column may be narrower than the province's. The event has the whole
 * code.
 */
const cutTo =
  (width: number) =>
  (text: string | null): string | null =>
    text === null || text.length <= width ? text : [...text].slice(0, width).join('');

const fitCode = cutTo(WIDTHS.code);
const fitWords = cutTo(WIDTHS.words);

/** Returns null for a time that no calendar has. */
const fitTime = (ms: number | null): number | null => (ms !== null && ms >= 0 && ms < LATEST_MS ? ms : null);

const LATEST_MS = Date.UTC(2100, 0, 1);

const settleMessagesOnPostgres: SettleMessages = async ({ query }, table, settlements, now) => {
  const texts = (read: (message: LedgerMessage) => string | null): string =>
    toTextArray(settlements.map(({ message }) => read(message)));
  await query(SETTLE_SQL[table], [
    texts((message) => message.msgId),
    texts((message) => message.status),
    texts((message) => message.reason),
    texts((message) => message.gatewayMsgId),
    texts((message) => fitCode(message.gatewayCode)),
    toPlainArray(settlements.map(({ message }) => message.partsDone)),
    toPlainArray(settlements.map(({ submittedNow }) => submittedNow)),
    toPlainArray(settlements.map(({ finalNow }) => finalNow)),
    now,
    toPlainArray(settlements.map(({ message }) => message.partCount)),
    toPlainArray(settlements.map(({ reported }) => fitTime(reported.submittedMs))),
    toPlainArray(settlements.map(({ reported }) => fitTime(reported.doneMs))),
    toTextArray(settlements.map(({ reported }) => fitWords(reported.message))),
  ]);
};

const settleSegmentsOnPostgres: SettleSegments = async ({ query }, segments, now) => {
  await query(
    `INSERT INTO sm_send_part (msg_id, gateway_key, gateway_msg_id, part_no, status, gateway_code, created_at, settled_at, dest_addr)
     SELECT msg_id, gateway_key, gateway_msg_id, part_no, status, gateway_code, to_timestamp($8::float8 / 1000),
            CASE WHEN final THEN to_timestamp($8::float8 / 1000) END, dest_addr
       FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::boolean[], $9::text[])
         AS p (msg_id, gateway_key, gateway_msg_id, part_no, status, gateway_code, final, dest_addr)
     ON CONFLICT (msg_id, gateway_key) DO UPDATE
        SET status = excluded.status, gateway_code = excluded.gateway_code, settled_at = excluded.settled_at`,
    [
      segments.map((segment) => segment.msgId),
      segments.map((segment) => segment.key),
      segments.map((segment) => segment.gatewayMsgId),
      segments.map((segment) => segment.segmentNo),
      segments.map((segment) => segment.status),
      segments.map((segment) => fitCode(segment.gatewayCode)),
      segments.map((segment) => isFinal(segment.status)),
      now,
      segments.map((segment) => segment.destAddr ?? null),
    ],
    'collector-settle-parts',
  );
};

const settleOnOracle = (table: LedgerMessage['table']): string =>
  `UPDATE ${LEDGER_TABLES[table].toUpperCase()}
   SET STATUS = :1, REASON = :2, GATEWAY_MSG_ID = :3, GATEWAY_CODE = :4, PARTS_DONE = :5, PART_COUNT = :6, SUBMITTED_AT = NVL(:7, SUBMITTED_AT),
       FINAL_AT = NVL(:8, FINAL_AT), GATEWAY_SUBMITTED_AT = NVL(GATEWAY_SUBMITTED_AT, :9), GATEWAY_DONE_AT = NVL(:10, GATEWAY_DONE_AT),
       GATEWAY_MESSAGE = NVL(:11, GATEWAY_MESSAGE)
 WHERE MSG_ID = :12`;

const SETTLE_SQL_ON_ORACLE = { live: settleOnOracle('live'), history: settleOnOracle('history') } as const;

const SETTLE_BINDS = [
  STATUS_COLUMN,
  REASON_COLUMN,
  ID_COLUMN,
  CODE_COLUMN,
  NUMBER_COLUMN,
  NUMBER_COLUMN,
  TIME_COLUMN,
  TIME_COLUMN,
  TIME_COLUMN,
  TIME_COLUMN,
  textColumn(WIDTHS.words),
  ID_COLUMN,
];

const toTime = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

const settleMessagesOnOracle: SettleMessages = async ({ oracle }, table, settlements, now) => {
  const time = new Date(now);
  await oracle.executeMany(
    SETTLE_SQL_ON_ORACLE[table],
    settlements.map(({ message, submittedNow, finalNow, reported }) => [
      message.status,
      message.reason,
      message.gatewayMsgId,
      fitCode(message.gatewayCode),
      message.partsDone,
      message.partCount,
      submittedNow ? time : null,
      finalNow ? time : null,
      toTime(fitTime(reported.submittedMs)),
      toTime(fitTime(reported.doneMs)),
      fitWords(reported.message),
      message.msgId,
    ]),
    SETTLE_BINDS,
  );
};

const SEGMENT_SQL_ON_ORACLE = `
MERGE INTO SM_SEND_PART T
USING (SELECT :1 AS MSG_ID, :2 AS GATEWAY_KEY, :3 AS GATEWAY_MSG_ID, :4 AS PART_NO, :5 AS STATUS, :6 AS GATEWAY_CODE, :7 AS CREATED_AT,
              :8 AS SETTLED_AT, :9 AS DEST_ADDR FROM DUAL) P
   ON (T.MSG_ID = P.MSG_ID AND T.GATEWAY_KEY = P.GATEWAY_KEY)
 WHEN MATCHED THEN UPDATE SET T.STATUS = P.STATUS, T.GATEWAY_CODE = P.GATEWAY_CODE, T.SETTLED_AT = P.SETTLED_AT
 WHEN NOT MATCHED THEN INSERT (MSG_ID, GATEWAY_KEY, GATEWAY_MSG_ID, PART_NO, STATUS, GATEWAY_CODE, CREATED_AT, SETTLED_AT, DEST_ADDR)
      VALUES (P.MSG_ID, P.GATEWAY_KEY, P.GATEWAY_MSG_ID, P.PART_NO, P.STATUS, P.GATEWAY_CODE, P.CREATED_AT, P.SETTLED_AT, P.DEST_ADDR)`;

const SEGMENT_BINDS = [
  ID_COLUMN,
  ID_COLUMN,
  ID_COLUMN,
  NUMBER_COLUMN,
  STATUS_COLUMN,
  CODE_COLUMN,
  TIME_COLUMN,
  TIME_COLUMN,
  textColumn(20),
];

const settleSegmentsOnOracle: SettleSegments = async ({ oracle }, segments, now) => {
  const time = new Date(now);
  await oracle.executeMany(
    SEGMENT_SQL_ON_ORACLE,
    segments.map((segment) => [
      segment.msgId,
      segment.key,
      segment.gatewayMsgId,
      segment.segmentNo,
      segment.status,
      fitCode(segment.gatewayCode),
      time,
      isFinal(segment.status) ? time : null,
      segment.destAddr ?? null,
    ]),
    SEGMENT_BINDS,
  );
};

const SETTLE: PerEngine<{ readonly messages: SettleMessages; readonly segments: SettleSegments }> = {
  pg: { messages: settleMessagesOnPostgres, segments: settleSegmentsOnPostgres },
  oracledb: { messages: settleMessagesOnOracle, segments: settleSegmentsOnOracle },
};

export const createSettleMessages = (engine: Engine): SettleMessages => forEngine(engine, SETTLE).messages;

export const createSettleSegments = (engine: Engine): SettleSegments => forEngine(engine, SETTLE).segments;
