import { type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import {
  APP_COLUMN,
  ID_COLUMN,
  NUMBER_COLUMN,
  REASON_COLUMN,
  STATUS_COLUMN,
  TIME_COLUMN,
  textColumn,
} from '../../../shared/database/oracle/oracle-columns';
import { changedRows } from '../../../shared/database/oracle/row-counts';
import { toPlainArray, toTextArray } from '../../../shared/database/postgres/sql-array';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { WIDTHS } from '../../../shared/ledger/widths';
import type { MessageKey } from '../../../shared/sms/message-key';
import type { LedgerEntry } from '../core/ledger-entry';
import { createInsertExchangeRows, insertExchangeRows } from './exchange-rows';
import { createMsgIds } from './msg-ids';

/**
 * How long a batch waits for another session's lock before the relay looks for the locked message.
 */
export const LOCK_PATIENCE_MS = 800;

/**
 * Enters messages in the ledger and, if they are to be handed over, in the exchange table, inside
 * the caller's transaction. `entries` are sorted by messageId and appId (the lock order of
 * SM_SEND_T) and hold each message once. Each gets its MSG_ID here.
 * @param patienceMs how long to wait for a row that another session has locked or is inserting
 * @returns the messages that were not entered: the ledger has them already
 * @throws BridgeError DB_LOCKED after `patienceMs`
 */
export type HandOver = (
  tx: Tx,
  entries: readonly LedgerEntry[],
  now: number,
  patienceMs?: number,
) => Promise<readonly MessageKey[]>;

/**
 * SOURCE of a row that the relay inserts. A record's headers are not believed: every publisher on
 * sms.send can set them, so none shows that a message came over HTTP.
 */
const SOURCE = 'kafka';

/**
 * One statement, one round trip: insert, or take. An existing row is taken only while it is
 * undecided: NEW or QUEUED (it came through the table interface), or SCHEDULED with its time
 * reached. Only rows that were inserted or taken reach the exchange table. A unique key on the
 * exchange table could not ensure that, because the province deletes the rows that it takes. No
 * join of the CTEs: the planner's guess for unnest would turn it into a nested loop. The refused
 * messages are computed only if there are any.
 */
const handOverStatement = (mapping: ExchangeMapping): string => `
WITH m AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::boolean[], $8::text[], $9::text[], $10::text[],
                       $11::float8[], $12::float8[], $13::float8[], $14::int[], $15::text[], $17::text[])
    AS m (message_id, app_id, ext_code, dest_addr, content, priority, need_report, context, status, reason,
          scheduled_ms, expires_ms, created_ms, part_count, source, msg_id)),
entered AS (
  INSERT INTO sm_send_t AS t (message_id, app_id, ext_code, dest_addr, content, priority, need_report, context, status, reason,
                              scheduled_at, expires_at, created_at, handed_at, final_at, part_count, source, msg_id)
  SELECT message_id, app_id, ext_code, dest_addr, content, priority, need_report, context, status, reason,
         to_timestamp(scheduled_ms / 1000), to_timestamp(expires_ms / 1000), to_timestamp(created_ms / 1000),
         CASE WHEN status = 'HANDED' THEN to_timestamp($16::float8 / 1000) END,
         CASE WHEN status IN ('REJECTED', 'EXPIRED') THEN to_timestamp($16::float8 / 1000) END,
         part_count, source, msg_id
    FROM m
  ON CONFLICT (message_id, app_id) DO UPDATE
     SET ext_code = excluded.ext_code, dest_addr = excluded.dest_addr, content = excluded.content, status = excluded.status,
         reason = excluded.reason, expires_at = excluded.expires_at, handed_at = excluded.handed_at, final_at = excluded.final_at,
         part_count = excluded.part_count, msg_id = excluded.msg_id
   WHERE t.handed_at IS NULL AND t.final_at IS NULL
     AND (t.status IN ('NEW', 'QUEUED') OR (t.status = 'SCHEDULED' AND excluded.status = 'HANDED'))
  RETURNING message_id, app_id, msg_id, ext_code, dest_addr, content, priority, need_report, status, scheduled_at, expires_at, created_at),
handed AS (${insertExchangeRows(mapping, { cte: 'entered', now: '$16', orderBy: 'created_at, message_id' })})
SELECT message_id, app_id FROM (
  SELECT unnest($1::text[]) AS message_id, unnest($2::text[]) AS app_id EXCEPT SELECT message_id, app_id FROM entered) AS refused
 WHERE (SELECT count(*) FROM entered) < cardinality($1::text[])`;

const handOverOnPostgres = (mapping: ExchangeMapping): HandOver => {
  const statement = handOverStatement(mapping);
  const newMsgId = createMsgIds();
  return async ({ query }, entries, now, patienceMs) => {
    // Otherwise the connection's own limit applies, without a round trip.
    if (patienceMs !== undefined) await query(`SET LOCAL lock_timeout = ${Math.round(patienceMs)}`);
    const { rows } = await query<{ message_id: string; app_id: string }>(
      statement,
      handOverValues(entries, now, newMsgId),
      'relay-hand-over',
    );
    return rows.map((row) => ({ messageId: row.message_id, appId: row.app_id }));
  };
};

/** Returns the bound values of the statement: one array per column. */
const handOverValues = (entries: readonly LedgerEntry[], now: number, newMsgId: () => string): unknown[] => {
  const texts = (read: (entry: LedgerEntry) => string | null): string => toTextArray(entries.map(read));
  const plain = (read: (entry: LedgerEntry) => number | boolean | null): string => toPlainArray(entries.map(read));
  return [
    texts((entry) => entry.messageId),
    texts((entry) => entry.appId),
    texts((entry) => entry.extCode),
    texts((entry) => entry.destAddr),
    texts((entry) => entry.content),
    plain((entry) => entry.priority),
    plain((entry) => entry.needReport),
    texts((entry) => entry.context),
    texts((entry) => entry.status),
    texts((entry) => entry.reason),
    plain((entry) => entry.scheduledAt),
    plain((entry) => entry.expiresAt),
    plain((entry) => entry.createdAt),
    plain((entry) => entry.partCount),
    texts(() => SOURCE),
    now,
    texts(newMsgId),
  ];
};

/**
 * Inserts or takes, like PostgreSQL's statement. An uncommitted insert of another session is waited
 * for and then raises ORA-00001. "Sent once" depends on STATUS, HANDED_AT and FINAL_AT being in the
 * SET clause: a MERGE that waited for a row restarts, and evaluates its WHERE again, if a column of
 * SET has changed meanwhile. A column that is only in the WHERE does not cause this.
 */
const ENTER = `MERGE /*+ INDEX(T SM_SEND_T_PK) USE_NL(T) */ INTO SM_SEND_T T
USING (SELECT :1 AS MESSAGE_ID, :2 AS APP_ID, :3 AS EXT_CODE, :4 AS DEST_ADDR, :5 AS CONTENT, :6 AS PRIORITY, :7 AS NEED_REPORT, :8 AS CONTEXT,
  :9 AS STATUS, :10 AS REASON, :11 AS SCHEDULED_AT, :12 AS EXPIRES_AT, :13 AS CREATED_AT, :14 AS HANDED_AT, :15 AS FINAL_AT, :16 AS PART_COUNT,
  :17 AS SOURCE, :18 AS MSG_ID FROM DUAL) M
ON (T.MESSAGE_ID = M.MESSAGE_ID AND T.APP_ID = M.APP_ID)
WHEN MATCHED THEN UPDATE SET T.EXT_CODE = M.EXT_CODE, T.DEST_ADDR = M.DEST_ADDR, T.CONTENT = M.CONTENT, T.STATUS = M.STATUS, T.REASON = M.REASON,
  T.EXPIRES_AT = M.EXPIRES_AT, T.HANDED_AT = M.HANDED_AT, T.FINAL_AT = M.FINAL_AT, T.PART_COUNT = M.PART_COUNT,
  T.MSG_ID = M.MSG_ID
  WHERE T.HANDED_AT IS NULL AND T.FINAL_AT IS NULL
    AND (T.STATUS IN ('NEW', 'QUEUED') OR (T.STATUS = 'SCHEDULED' AND M.STATUS = 'HANDED'))
WHEN NOT MATCHED THEN INSERT (MESSAGE_ID, APP_ID, EXT_CODE, DEST_ADDR, CONTENT, PRIORITY, NEED_REPORT, CONTEXT, STATUS, REASON, SCHEDULED_AT,
  EXPIRES_AT, CREATED_AT, HANDED_AT, FINAL_AT, PART_COUNT, SOURCE, MSG_ID)
  VALUES (M.MESSAGE_ID, M.APP_ID, M.EXT_CODE, M.DEST_ADDR, M.CONTENT, M.PRIORITY, M.NEED_REPORT, M.CONTEXT, M.STATUS, M.REASON, M.SCHEDULED_AT,
  M.EXPIRES_AT, M.CREATED_AT, M.HANDED_AT, M.FINAL_AT, M.PART_COUNT, M.SOURCE, M.MSG_ID)`;

const ENTER_COLUMNS = [
  ID_COLUMN,
  APP_COLUMN,
  textColumn(WIDTHS.extCode),
  textColumn(WIDTHS.number),
  textColumn(WIDTHS.content),
  NUMBER_COLUMN,
  NUMBER_COLUMN,
  textColumn(WIDTHS.context),
  STATUS_COLUMN,
  REASON_COLUMN,
  TIME_COLUMN,
  TIME_COLUMN,
  TIME_COLUMN,
  TIME_COLUMN,
  TIME_COLUMN,
  NUMBER_COLUMN,
  textColumn(8),
  ID_COLUMN,
];

const toRow = (entry: LedgerEntry, now: Date, msgId: string) => [
  entry.messageId,
  entry.appId,
  entry.extCode,
  entry.destAddr,
  entry.content,
  entry.priority,
  entry.needReport ? 1 : 0,
  entry.context,
  entry.status,
  entry.reason,
  entry.scheduledAt === null ? null : new Date(entry.scheduledAt),
  new Date(entry.expiresAt),
  new Date(entry.createdAt),
  entry.status === 'HANDED' ? now : null,
  entry.status === 'REJECTED' || entry.status === 'EXPIRED' ? now : null,
  entry.partCount,
  SOURCE,
  msgId,
];

/**
 * Returns the patience in ms. A batch that takes longer waits for another session's lock, or the
 * server is too slow for its size. Smaller batches help in both cases.
 */
const patienceFor = (rows: number): number => LOCK_PATIENCE_MS + 2 * rows;

const byAge = (a: LedgerEntry, b: LedgerEntry): number =>
  a.createdAt - b.createdAt || (a.messageId < b.messageId ? -1 : 1);

/**
 * Hands over with two statements: the ledger first, so that the exchange table gets the entered
 * rows only.
 */
const handOverOnOracle = (mapping: ExchangeMapping): HandOver => {
  const insert = createInsertExchangeRows(mapping);
  const newMsgId = createMsgIds();
  return async (tx, entries, nowMs, patienceMs = patienceFor(entries.length)) => {
    const now = new Date(nowMs);
    const msgIds = new Map(entries.map((entry) => [entry, newMsgId()]));
    // A row error ends the transaction, because the counts after it are unreliable. The retry finds
    // the row that another session inserted meanwhile.
    const counts = await tx.oracle.executeMany(
      ENTER,
      entries.map((entry) => toRow(entry, now, msgIds.get(entry) as string)),
      ENTER_COLUMNS,
      { withinMs: patienceMs },
    );
    const entered = new Set(changedRows(entries, counts));
    const handed = [...entered].filter(({ status }) => status === 'HANDED').sort(byAge);
    const inserted = await insert(
      tx,
      handed.map((entry) => msgIds.get(entry) as string),
    );
    // Never seen, but an SMS would be lost: the transaction ends here.
    if (inserted.includes(false)) throw new Error('a ledger row that was just entered cannot be found');
    return entries.filter((entry) => !entered.has(entry));
  };
};

const HAND_OVER: PerEngine<(mapping: ExchangeMapping) => HandOver> = {
  pg: handOverOnPostgres,
  oracledb: handOverOnOracle,
};

export const createHandOver = (engine: Engine, mapping: ExchangeMapping): HandOver =>
  forEngine(engine, HAND_OVER)(mapping);
