import type { Query } from '../../services/shared/database/open-database';
import type { ExchangeNames } from '../../services/shared/exchange/exchange-names';
import { allTables } from './platform-tables';

/** The tables that exist and hold at least one row. @throws BridgeError DB_… */
export const tablesWithRows = async (query: Query, names: ExchangeNames): Promise<readonly string[]> => {
  const { rows: existing } = await query<{ name: string }>(
    'SELECT name FROM unnest($1::text[]) AS t (name) WHERE to_regclass(name) IS NOT NULL',
    [allTables(names)],
  );
  if (existing.length === 0) return [];
  // table names take no bound values; these come from the code and from validated configuration
  const each = existing.map(({ name }) => `SELECT '${name}' AS name WHERE EXISTS (SELECT 1 FROM ${name})`);
  const { rows } = await query<{ name: string }>(each.join(' UNION ALL '));
  return rows.map(({ name }) => name);
};
