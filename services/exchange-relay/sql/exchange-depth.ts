import { type Database, forEngine, type PerEngine } from '../../../shared/database/database';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { waitingRows } from '../../../shared/exchange/send-columns';
import { toZone } from '../../../shared/exchange/time-zone';
import { epochMsOf, toWallClock } from '../../../shared/exchange/wall-clock';
import type { ExchangeDepth } from '../core/back-pressure';

/**
 * Measures the depth of the exchange table. Counts at most `limit` rows: the excess over the mark
 * does not matter. Without CREATE_TIME the age is 0.
 */
export type MeasureDepth = (limit: number) => Promise<ExchangeDepth>;

const measureOnPostgres = (db: Database, mapping: ExchangeMapping): MeasureDepth => {
  const { send } = mapping.columns;
  const waiting = waitingRows(mapping);
  const from = `${mapping.tables.send}${waiting === undefined ? '' : ` WHERE ${waiting}`}`;
  const age =
    send.createTime === null
      ? '0'
      : `(SELECT (extract(epoch FROM clock_timestamp()) * 1000 - ${epochMsOf(send.createTime, toZone(mapping.timeZone))})::float8
                 FROM ${from} ORDER BY ${send.seqId} LIMIT 1)`;
  return async (limit) => {
    const { rows } = await db.query<{ rows: string; oldest_ms: number | null }>(
      `SELECT (SELECT count(*) FROM (SELECT 1 FROM ${from} LIMIT $1) AS counted) AS rows,
              ${age} AS oldest_ms`,
      [limit],
      // The doctor runs both on one connection, where the name of a prepared statement stands for
      // one text.
      waiting === undefined ? 'relay-exchange-depth' : 'relay-waiting-depth',
    );
    return { rows: Number(rows[0]?.rows ?? 0), oldestMs: Math.max(0, rows[0]?.oldest_ms ?? 0) };
  };
};

/**
 * Returns the expression of the index. Oracle has no partial indexes: an index on this expression
 * holds the waiting rows only.
 */
export const waitingKey = (mapping: ExchangeMapping): string => {
  const waiting = waitingRows(mapping);
  const { seqId } = mapping.columns.send;
  return waiting === undefined ? seqId : `CASE WHEN ${waiting} THEN ${seqId} END`;
};

/** ORDER BY is inside and the first row outside, as in a view. */
const measureOnOracle = (db: Database, mapping: ExchangeMapping): MeasureDepth => {
  const { tables, columns } = mapping;
  const { createTime } = columns.send;
  const key = waitingKey(mapping);
  const marked = key !== columns.send.seqId;
  // ROWNUM is inside the count, so no row after the limit is read.
  const counted = marked
    ? `(SELECT 1 AS ONE FROM (SELECT ${columns.send.seqId} FROM ${tables.send} WHERE ${key} IS NOT NULL) W WHERE ROWNUM <= :1)`
    : `${tables.send} WHERE ROWNUM <= :1`;
  const oldest =
    createTime === null
      ? 'NULL'
      : `(SELECT O.${createTime} FROM (SELECT ${createTime} FROM ${tables.send}${marked ? ` WHERE ${key} IS NOT NULL` : ''} ORDER BY ${key}) O WHERE ROWNUM <= 1)`;
  const statement = `SELECT (SELECT COUNT(*) FROM ${counted}) AS N,
  ${oldest} AS OLDEST, SYSTIMESTAMP AS NOW_AT FROM DUAL`;
  const wallClock = toWallClock(toZone(mapping.timeZone));
  return async (limit) => {
    const { rows } = await db.oracle.execute<{ n: string; oldest: Date | null; now_at: Date }>(statement, [limit], {
      wallClock,
    });
    const [row] = rows;
    const oldestMs = row?.oldest ? row.now_at.getTime() - row.oldest.getTime() : 0;
    return { rows: Number(row?.n ?? 0), oldestMs: Math.max(0, oldestMs) };
  };
};

const MEASURE_DEPTH: PerEngine<(db: Database, mapping: ExchangeMapping) => MeasureDepth> = {
  pg: measureOnPostgres,
  oracledb: measureOnOracle,
};

export const createMeasureDepth = (db: Database, mapping: ExchangeMapping): MeasureDepth =>
  forEngine(db.engine, MEASURE_DEPTH)(db, mapping);
