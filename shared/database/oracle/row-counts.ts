import type oracledb from 'oracledb';
import { BridgeError } from '../../errors';

/** The effect of an array statement of which no row failed. */
export type ManyResult = {
  readonly rowCount: number;
  /** Rows changed by each row of binds; their sum is `rowCount`. */
  readonly rowCounts: readonly number[];
};

const notBelieved = (sql: string, problem: string): BridgeError =>
  new BridgeError(
    'DB_ERROR',
    `the server's row counts do not add up: ${problem}. Nothing is committed, and it is tried again (${sql.trim().split(/\s+/, 3).join(' ')})`,
    { retryable: true },
  );

/**
 * Checks and returns the driver's counts for an array statement of which no row failed. Their sum
 * must equal the total that the server reports in another part of the response. Without counts from
 * the server, the driver returns the `true` that requested them.
 * @throws BridgeError DB_ERROR (retryable) when the counts do not add up
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
 * Tells whether a statement that addresses one row by its key changed it.
 * @param count rows changed
 * @throws BridgeError DB_ERROR (retryable) for any count but 0 and 1
 */
export const isRowChanged = (count: number | undefined): boolean => {
  if (count === 1) return true;
  if (count === 0) return false;
  throw new BridgeError('DB_ERROR', `one key stands for ${count} rows: nothing is committed, and it is tried again`, {
    retryable: true,
  });
};

/**
 * Returns the rows that were changed, each addressed by its key.
 * @throws BridgeError DB_ERROR (retryable) for any count but 0 and 1
 */
export const changedRows = <Row>(rows: readonly Row[], { rowCounts }: ManyResult): readonly Row[] =>
  rows.filter((_, index) => isRowChanged(rowCounts[index]));
