import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import { BridgeError } from '../../shared/errors';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { allTables } from './platform-tables';

/**
 * Returns those tables that exist and hold a row. Table names cannot be bind variables; these come
 * from the code and from validated configuration.
 */
type WithRows = (db: Database, tables: readonly string[]) => Promise<readonly string[]>;

const WITH_ROWS: PerEngine<WithRows> = {
  pg: async ({ query }, tables) => {
    const { rows: existing } = await query<{ name: string }>(
      'SELECT name FROM unnest($1::text[]) AS t (name) WHERE to_regclass(name) IS NOT NULL',
      [tables],
    );
    if (existing.length === 0) return [];
    const each = existing.map(({ name }) => `SELECT '${name}' AS name WHERE EXISTS (SELECT 1 FROM ${name})`);
    const { rows } = await query<{ name: string }>(each.join(' UNION ALL '));
    return rows.map(({ name }) => name);
  },
  oracledb: async ({ oracle }, tables) => {
    const filled: string[] = [];
    for (const table of tables) {
      try {
        const { rows } = await oracle.execute(`SELECT 1 FROM ${table} WHERE ROWNUM = 1`);
        if (rows.length > 0) filled.push(table);
      } catch (error) {
        // The table does not exist.
        if (!(error instanceof BridgeError && error.code === 'DB_SCHEMA')) throw error;
      }
    }
    return filled;
  },
};

export const tablesWithRows = (db: Database, mapping: ExchangeMapping): Promise<readonly string[]> =>
  forEngine(db.engine, WITH_ROWS)(db, allTables(mapping));
