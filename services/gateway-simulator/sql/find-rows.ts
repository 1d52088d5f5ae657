import { type Database, forEngine, type PerEngine } from '../../../shared/database/database';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { waitingRows } from '../../../shared/exchange/send-columns';

/**
 * Returns the numbers (SEQ_ID) of the first rows of the exchange table: highest priority first,
 * then in their order.
 */
export type FindRows = (limit: number) => Promise<readonly string[]>;

const waitingOf = (mapping: ExchangeMapping): string => {
  const waiting = waitingRows(mapping);
  return `${mapping.tables.send}${waiting === undefined ? '' : ` WHERE ${waiting}`}`;
};

const orderOf = ({ columns: { send } }: ExchangeMapping): string =>
  `${send.priority === null ? '' : `${send.priority} DESC NULLS LAST, `}${send.seqId}`;

const findOnPostgres =
  (db: Database, mapping: ExchangeMapping): FindRows =>
  async (limit) => {
    const { rows } = await db.query<{ seq_id: string }>(
      `SELECT ${mapping.columns.send.seqId} AS seq_id FROM ${waitingOf(mapping)} ORDER BY ${orderOf(mapping)} LIMIT $1`,
      [limit],
      'simulator-find',
    );
    return rows.map((row) => row.seq_id);
  };

const findOnOracle =
  (db: Database, mapping: ExchangeMapping): FindRows =>
  async (limit) => {
    const { rows } = await db.oracle.execute<{ seq_id: string | number }>(
      `SELECT SEQ_ID FROM (SELECT ${mapping.columns.send.seqId} AS SEQ_ID FROM ${waitingOf(mapping)} ORDER BY ${orderOf(mapping)}) WHERE ROWNUM <= :1`,
      [limit],
      { maxRows: limit },
    );
    return rows.map((row) => String(row.seq_id));
  };

const FIND_ROWS: PerEngine<(db: Database, mapping: ExchangeMapping) => FindRows> = {
  pg: findOnPostgres,
  oracledb: findOnOracle,
};

export const createFindRows = (db: Database, mapping: ExchangeMapping): FindRows =>
  forEngine(db.engine, FIND_ROWS)(db, mapping);
