import { createMigrationSource } from '../../migrations';
import type { Database } from '../../services/shared/database/open-database';
import type { ExchangeNames } from '../../services/shared/exchange/exchange-names';

/** The migrations that are done and that are missing, in order. Only looks: knex' own list would create its table. @throws BridgeError DB_… */
export const listMigrations = async (
  db: Database,
  names: ExchangeNames,
): Promise<{ readonly done: readonly string[]; readonly missing: readonly string[] }> => {
  const source = createMigrationSource(db.engine, names);
  const all = (await source.getMigrations([])).map((migration) => source.getMigrationName(migration));
  const table = await db.query(`SELECT 1 WHERE to_regclass('knex_migrations') IS NOT NULL`);
  const { rows } =
    table.rowCount === 0 ? { rows: [] } : await db.query<{ name: string }>('SELECT name FROM knex_migrations');
  const done = new Set(rows.map(({ name }) => name));
  return { done: all.filter((name) => done.has(name)), missing: all.filter((name) => !done.has(name)) };
};
