import type oracledb from 'oracledb';
import { BridgeError } from '../../errors';

/** What an array of executions did, none of which failed. */
export type ManyResult = {
  readonly rowCount: number;
  /** how many rows each of the executions changed; their sum is `rowCount` */
  readonly rowCounts: readonly number[];
};

const notBelieved = (sql: string, problem: string): BridgeError =>
  new BridgeError(
    'DB_ERROR',
    `the server's row counts do not add up: ${problem}. Nothing is committed, and it is tried again (${sql.trim().split(/\s+/, 3).join(' ')})`,
    { retryable: true },
  );

/**
 * The driver's answer to an array none of whose rows failed: a count for each, whose sum is what the server itself says that it changed. It comes with another
 * part of the answer than the counts. A driver that was sent no counts gives back the `true` that asked for them.
 * @throws BridgeError DB_ERROR, to be tried again
 */
export const toManyResult = (
  sql: string,
  rows: number,
  { dmlRowCounts, rowsAffected }: Pick<oracledb.Result<unknown>, 'rowsAffected'> & { readonly dmlRowCounts?: unknown },
): ManyResult => {
  if (!Array.isArray(dmlRowCounts) || dmlRowCounts.length !== rows) {
    const counts = Array.isArray(dmlRowCounts) ? `${dmlRowCounts.length} counts` : 'no counts';
    throw notBelieved(sql, `${counts} for ${rows} rows`);
  }
  const rowCounts = dmlRowCounts as readonly number[];
  const rowCount = rowCounts.reduce((sum, count) => sum + count, 0);
  if (rowCount !== rowsAffected)
    throw notBelieved(sql, `they are ${rowCount} in all, and ${rowsAffected} rows were changed`);
  return { rowCount, rowCounts };
};

/**
 * Whether a row that a statement takes by its key was there and as it had to be.
 * @param count how many rows that execution changed
 * @throws BridgeError DB_ERROR, to be tried again, at any count but 0 and 1
 */
export const wasChanged = (count: number | undefined): boolean => {
  if (count === 1) return true;
  if (count === 0) return false;
  throw new BridgeError('DB_ERROR', `one key stands for ${count} rows: nothing is committed, and it is tried again`, {
    retryable: true,
  });
};

/** Those of the rows that were changed, each by its key. @throws BridgeError DB_ERROR, to be tried again, at any count but 0 and 1 */
export const changedRows = <Row>(rows: readonly Row[], { rowCounts }: ManyResult): readonly Row[] =>
  rows.filter((_, at) => wasChanged(rowCounts[at]));
