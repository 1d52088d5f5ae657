import type { OracleColumn, OracleStatements } from './oracle-statements';

/**
 * Deletes rows that are locked, by their key, and says which were there. Whoever was quicker between the look at a row and its lock has deleted it: such
 * a row is not claimed.
 */
export const deleteClaimed = async <Row>(
  { executeMany }: OracleStatements,
  statement: { readonly text: string; readonly key: readonly OracleColumn[] },
  rows: readonly Row[],
  keyOf: (row: Row) => readonly (string | Date)[],
): Promise<readonly Row[]> => {
  const { rowCounts } = await executeMany(statement.text, rows.map(keyOf), statement.key);
  return rows.filter((_, at) => rowCounts[at] === 1);
};
