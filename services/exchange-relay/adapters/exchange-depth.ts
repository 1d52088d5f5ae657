import { type Database, forEngine, type PerEngine } from '../../shared/database/open-database';
import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import type { ExchangeDepth } from '../core/back-pressure';

/** Looks how full the exchange table is. Counts at most `limit` rows: how far it is over the mark does not matter. */
export type MeasureDepth = (limit: number) => Promise<ExchangeDepth>;

const measureOnPostgres =
  (db: Database, { tables, columns: { send } }: ExchangeNames): MeasureDepth =>
  async (limit) => {
    const { rows } = await db.query<{ rows: string; oldest_ms: number | null }>(
      `SELECT (SELECT count(*) FROM (SELECT 1 FROM ${tables.send} LIMIT $1) AS counted) AS rows,
              (SELECT (extract(epoch FROM clock_timestamp() - ${send.createTime}) * 1000)::float8
                 FROM ${tables.send} ORDER BY ${send.seqId} LIMIT 1) AS oldest_ms`,
      [limit],
      'relay-exchange-depth',
    );
    return { rows: Number(rows[0]?.rows ?? 0), oldestMs: Math.max(0, rows[0]?.oldest_ms ?? 0) };
  };

/** As a view has it: ORDER BY inside, the first row outside. */
const measureOnOracle = (db: Database, { tables, columns: { send } }: ExchangeNames): MeasureDepth => {
  const statement = `SELECT (SELECT COUNT(*) FROM ${tables.send} WHERE ROWNUM <= :1) AS N,
  (SELECT O.${send.createTime} FROM (SELECT ${send.createTime} FROM ${tables.send} ORDER BY ${send.seqId}) O WHERE ROWNUM = 1) AS OLDEST,
  SYS_EXTRACT_UTC(SYSTIMESTAMP) AS NOW_UTC FROM DUAL`;
  return async (limit) => {
    const { rows } = await db.oracle.execute<{ n: string; oldest: Date | null; now_utc: Date }>(statement, [limit]);
    const [row] = rows;
    const oldestMs = row?.oldest ? row.now_utc.getTime() - row.oldest.getTime() : 0;
    return { rows: Number(row?.n ?? 0), oldestMs: Math.max(0, oldestMs) };
  };
};

const MEASURE_DEPTH: PerEngine<(db: Database, names: ExchangeNames) => MeasureDepth> = {
  pg: measureOnPostgres,
  oracledb: measureOnOracle,
};

export const createMeasureDepth = (db: Database, names: ExchangeNames): MeasureDepth =>
  forEngine(db.engine, MEASURE_DEPTH)(db, names);
