import { textColumn } from '../../shared/database/oracle-columns';
import type { OracleStatements } from '../../shared/database/oracle-statements';

/** A number of up to 38 digits. */
const KEY = [textColumn(40)];

/**
 * Deletes rows that are locked, by their key, and says which were there. Whoever was quicker between the look at a row and its lock has deleted it: such
 * a row is not claimed.
 */
export const deleteClaimed = async <Row>(
  { executeMany }: OracleStatements,
  statement: string,
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): Promise<readonly Row[]> => {
  const { rowCounts } = await executeMany(
    statement,
    rows.map((row) => [keyOf(row)]),
    KEY,
  );
  return rows.filter((_, at) => rowCounts[at] === 1);
};
