import { type Database, forEngine, type PerEngine } from '../../../shared/database/database';
import type { ExchangeNames } from '../../../shared/exchange/exchange-names';
import { waitingRows } from '../../../shared/exchange/send-columns';

/**
 * Returns the numbers (SEQ_ID) of the first rows of the exchange table: highest priority first,
 * then in their order.
 */
export type FindRows = (limit: number) => Promise<readonly string[]>;

const waitingOf = (names: ExchangeNames): string => {
  const waiting = waitingRows(names);
  return `${names.tables.send}${waiting === undefined ? '' : ` WHERE ${waiting}`}`;
};

const orderOf = ({ columns: { send } }: ExchangeNames): string =>
  `${send.priority === null ? '' : `${send.priority} DESC NULLS LAST, `}${send.seqId}`;

const findOnPostgres =
  (db: Database, names: ExchangeNames): FindRows =>
  async (limit) => {
    const { rows } = await db.query<{ seq_id: string }>(
      `SELECT ${names.columns.send.seqId} AS seq_id FROM ${waitingOf(names)} ORDER BY ${orderOf(names)} LIMIT $1`,
      [limit],
      'simulator-find',
    );
    return rows.map((row) => row.seq_id);
  };

const findOnOracle =
  (db: Database, names: ExchangeNames): FindRows =>
  async (limit) => {
    const { rows } = await db.oracle.execute<{ seq_id: string | number }>(
      `SELECT SEQ_ID FROM (SELECT ${names.columns.send.seqId} AS SEQ_ID FROM ${waitingOf(names)} ORDER BY ${orderOf(names)}) WHERE ROWNUM <= :1`,
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
