import { BridgeError } from '../../errors';
import type { OracleColumn, OracleStatements } from './oracle-statements';
import { changedRows } from './row-counts';

const notUnique = (text: string, key: readonly (string | Date)[], count: number): BridgeError => {
  const [, table = 'the table', columns = 'the key'] = /^DELETE FROM (\S+) WHERE (.*)$/s.exec(text) ?? [];
  const names = columns.replace(/ = :\d+/g, '').replaceAll(' AND ', ', ');
  const values = key.map((value) => (value instanceof Date ? value.toISOString() : value)).join(', ');
  return new BridgeError(
    'DB_SCHEMA',
    `${names} of ${table} is not unique: ${count} rows have ${values}, and none of them is taken. Give the rows numbers of their own and the column a unique key, or name the unique column in EXCHANGE_FILE`,
  );
};

/**
 * Deletes rows that are locked, by their key, and says which were there. Whoever was quicker between the look at a row and its lock has deleted it: such
 * a row is not claimed.
 * @throws BridgeError DB_SCHEMA when a key stands for more than one row, so that the transaction ends: what was deleted with it was perhaps never read
 */
export const deleteClaimed = async <Row>(
  { executeMany }: OracleStatements,
  statement: { readonly text: string; readonly key: readonly OracleColumn[] },
  rows: readonly Row[],
  keyOf: (row: Row) => readonly (string | Date)[],
): Promise<readonly Row[]> => {
  const counts = await executeMany(statement.text, rows.map(keyOf), statement.key);
  const { rowCounts } = counts;
  const several = rowCounts.findIndex((count) => count > 1);
  if (several >= 0) throw notUnique(statement.text, keyOf(rows[several] as Row), rowCounts[several] as number);
  return changedRows(rows, counts);
};
