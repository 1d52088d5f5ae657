import { createMigrationSource } from '../../migrations';
import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';

type Done = (db: Database) => Promise<readonly string[]>;

/** Loads the names that knex recorded; none when its table does not exist yet. */
const DONE: PerEngine<Done> = {
  pg: async ({ query }) => {
    const table = await query(`SELECT 1 WHERE to_regclass('knex_migrations') IS NOT NULL`);
    if (table.rowCount === 0) return [];
    return (await query<{ name: string }>('SELECT name FROM knex_migrations')).rows.map(({ name }) => name);
  },
  oracledb: async ({ oracle }) => {
    const table = await oracle.execute(`SELECT TABLE_NAME FROM USER_TABLES WHERE TABLE_NAME = 'knex_migrations'`);
    if (table.rows.length === 0) return [];
    const { rows } = await oracle.execute<{ name: string }>('SELECT "name" FROM "knex_migrations"');
    return rows.map(({ name }) => name);
  },
};

/**
 * Lists the migrations that are done and those that are missing, in order; `unknown` are done by a
 * newer version. Reads only: knex' own
 * list would create its table.
 * @throws BridgeError DB_…
 */
export const listMigrations = async (
  db: Database,
  mapping: ExchangeMapping,
): Promise<{
  readonly done: readonly string[];
  readonly missing: readonly string[];
  readonly unknown: readonly string[];
}> => {
  const source = createMigrationSource(db.engine, mapping);
  const all = (await source.getMigrations([])).map((migration) => source.getMigrationName(migration));
  const done = new Set(await forEngine(db.engine, DONE)(db));
  return {
    done: all.filter((name) => done.has(name)),
    missing: all.filter((name) => !done.has(name)),
    unknown: [...done].filter((name) => !all.includes(name)).sort(),
  };
};

/** Describes a database that a newer version has migrated. */
export const toNewerText = (unknown: readonly string[]): string =>
  `the database is newer (${unknown.join(', ')}) than this version`;

const LOCKED: PerEngine<(db: Database) => Promise<boolean>> = {
  pg: async ({ query }) => {
    const table = await query(`SELECT 1 WHERE to_regclass('knex_migrations_lock') IS NOT NULL`);
    if (table.rowCount === 0) return false;
    return (await query('SELECT 1 FROM knex_migrations_lock WHERE is_locked = 1')).rowCount > 0;
  },
  oracledb: async ({ oracle }) => {
    const table = await oracle.execute(`SELECT TABLE_NAME FROM USER_TABLES WHERE TABLE_NAME = 'knex_migrations_lock'`);
    if (table.rows.length === 0) return false;
    const { rows } = await oracle.execute('SELECT "is_locked" FROM "knex_migrations_lock" WHERE "is_locked" = 1');
    return rows.length > 0;
  },
};

/**
 * Tells whether a migration runs, or was killed while it ran.
 * @throws BridgeError DB_…
 */
export const isMigrationLocked = (db: Database): Promise<boolean> => forEngine(db.engine, LOCKED)(db);
