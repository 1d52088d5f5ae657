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

const FIND_ROWS: PerEngine<(db: Database, names: ExchangeNames) => FindRows> = { pg: findOnPostgres };

export const createFindRows = (db: Database, names: ExchangeNames): FindRows =>
  forEngine(db.engine, FIND_ROWS)(db, names);
