import { BridgeError } from '../../errors';
import type { OracleColumn } from './oracle-binds';
import type { OracleStatements } from './oracle-statements';
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
 * Deletes locked rows by their key and returns those that still existed. A row that another process
 * deleted between the look-up and the lock is not claimed.
 * @throws BridgeError DB_SCHEMA when a key matches several rows: the transaction must end, because
 * it deleted rows that were perhaps never read
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
