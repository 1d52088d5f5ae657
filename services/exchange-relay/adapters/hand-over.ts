import { type Database, forEngine, type PerEngine, type Query } from '../../shared/database/open-database';
import { toPlainArray, toTextArray } from '../../shared/database/sql-array';
import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import type { LedgerEntry } from '../core/ledger-entry';
import { insertExchangeRows } from './exchange-rows';

/**
 * Enters messages in the ledger and, those to be handed over, in the exchange table, inside the caller's transaction.
 * `entries` are sorted by messageId (the lock order of SM_SEND_T) and hold each messageId once.
 * @returns the messageIds that were not entered: the ledger has them already
 */
export type HandOver = (query: Query, entries: readonly LedgerEntry[], now: number) => Promise<readonly string[]>;

/**
 * One statement, one round trip. "Insert, or take": a row that is there already is taken only by its own application and only while nothing
 * was decided about it (NEW or QUEUED: it came through the table interface; SCHEDULED: its time has come), and only rows inserted or taken
 * reach the exchange table. A unique key on the exchange table could not do this: the province deletes the rows that it takes.
 * No join of the CTEs: with the planner's guess for unnest it would become a nested loop.
 */
const handOverStatement = (names: ExchangeNames): string => `
WITH m AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::boolean[], $8::text[], $9::text[], $10::text[],
                       $11::float8[], $12::float8[], $13::float8[], $14::int[], $15::text[])
    AS m (message_id, app_id, ext_code, dest_addr, content, priority, need_report, context, status, reason,
          scheduled_ms, expires_ms, created_ms, part_count, source)),
entered AS (
  INSERT INTO sm_send_t AS t (message_id, app_id, ext_code, dest_addr, content, priority, need_report, context, status, reason,
                              scheduled_at, expires_at, created_at, handed_at, final_at, part_count, source)
  SELECT message_id, app_id, ext_code, dest_addr, content, priority, need_report, context, status, reason,
         to_timestamp(scheduled_ms / 1000), to_timestamp(expires_ms / 1000), to_timestamp(created_ms / 1000),
         CASE WHEN status = 'HANDED' THEN to_timestamp($16::float8 / 1000) END,
         CASE WHEN status IN ('REJECTED', 'EXPIRED') THEN to_timestamp($16::float8 / 1000) END,
         part_count, source
    FROM m
  ON CONFLICT (message_id) DO UPDATE
     SET ext_code = excluded.ext_code, dest_addr = excluded.dest_addr, content = excluded.content, status = excluded.status,
         reason = excluded.reason, expires_at = excluded.expires_at, handed_at = excluded.handed_at, final_at = excluded.final_at,
         part_count = excluded.part_count
   WHERE t.handed_at IS NULL AND t.final_at IS NULL AND t.app_id = excluded.app_id
     AND (t.status IN ('NEW', 'QUEUED') OR (t.status = 'SCHEDULED' AND excluded.status = 'HANDED'))
  RETURNING message_id, app_id, ext_code, dest_addr, content, priority, need_report, status, scheduled_at, expires_at, created_at),
handed AS (${insertExchangeRows(names, { cte: 'entered', now: '$16', msgFmt: '$17', orderBy: 'created_at, message_id' })})
SELECT unnest($1::text[]) AS message_id EXCEPT ALL SELECT message_id FROM entered`;

const handOverOnPostgres = (names: ExchangeNames): HandOver => {
  const statement = handOverStatement(names);
  return async (query, entries, now) => {
    const { rows } = await query<{ message_id: string }>(
      statement,
      handOverValues(entries, now, names),
      'relay-hand-over',
    );
    return rows.map((row) => row.message_id);
  };
};

/** The bound values of the statement: one array per column. */
const handOverValues = (entries: readonly LedgerEntry[], now: number, names: ExchangeNames): unknown[] => {
  const texts = (of: (entry: LedgerEntry) => string | null): string => toTextArray(entries.map(of));
  const plain = (of: (entry: LedgerEntry) => number | boolean | null): string => toPlainArray(entries.map(of));
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
    texts((entry) => entry.source),
    now,
    names.codes.msgFmt,
  ];
};

const HAND_OVER: PerEngine<(names: ExchangeNames) => HandOver> = { pg: handOverOnPostgres };

export const createHandOver = (db: Database, names: ExchangeNames): HandOver => forEngine(db.engine, HAND_OVER)(names);
