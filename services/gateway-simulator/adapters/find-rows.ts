import { type Database, forEngine, type PerEngine } from '../../shared/database/open-database';
import type { ExchangeNames } from '../../shared/exchange/exchange-names';

/** The numbers (SEQ_ID) of the first rows of the exchange table, highest priority first, then in their order. */
export type FindRows = (limit: number) => Promise<readonly string[]>;

const findOnPostgres =
  (db: Database, { tables, columns: { send } }: ExchangeNames): FindRows =>
  async (limit) => {
    const { rows } = await db.query<{ seq_id: string }>(
      `SELECT ${send.seqId} AS seq_id FROM ${tables.send} ORDER BY ${send.priority} DESC NULLS LAST, ${send.seqId} LIMIT $1`,
      [limit],
      'simulator-find',
    );
    return rows.map((row) => row.seq_id);
  };

const findOnOracle =
  (db: Database, { tables, columns: { send } }: ExchangeNames): FindRows =>
  async (limit) => {
    const { rows } = await db.oracle.execute<{ seq_id: string | number }>(
      `SELECT SEQ_ID FROM (SELECT ${send.seqId} AS SEQ_ID FROM ${tables.send} ORDER BY ${send.priority} DESC NULLS LAST, ${send.seqId}) WHERE ROWNUM <= :1`,
      [limit],
      { maxRows: limit },
    );
    return rows.map((row) => String(row.seq_id));
  };

const FIND_ROWS: PerEngine<(db: Database, names: ExchangeNames) => FindRows> = {
  pg: findOnPostgres,
  oracledb: findOnOracle,
};

export const createFindRows = (db: Database, names: ExchangeNames): FindRows =>
  forEngine(db.engine, FIND_ROWS)(db, names);
