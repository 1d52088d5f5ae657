import { randomUUID } from 'node:crypto';
import { createMigrationSource } from '../../migrations';
import { type Database, openDatabase } from '../../services/shared/database/open-database';
import { type ExchangeNames, loadExchangeNames } from '../../services/shared/exchange/exchange-names';

export type TestDatabase = { readonly db: Database; readonly url: string; readonly drop: () => Promise<void> };

const open = (url: string): Database =>
  openDatabase({ url, applicationName: 'test', poolMax: 8, statementTimeoutMs: 30_000 });

/** An empty database of its own on the run's PostgreSQL. */
export const createEmptyDatabase = async (): Promise<TestDatabase> => {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = open(process.env.TEST_DATABASE_URL as string);
  await admin.knex.raw('CREATE DATABASE ??', [name]);
  const url = new URL(process.env.TEST_DATABASE_URL as string);
  url.pathname = `/${name}`;
  const db = open(url.href);
  return {
    db,
    url: url.href,
    drop: async () => {
      await db.close();
      await admin.knex.raw('DROP DATABASE ?? WITH (FORCE)', [name]);
      await admin.close();
    },
  };
};

/** A migrated database of its own. */
export const createTestDatabase = async (names: ExchangeNames = loadExchangeNames()): Promise<TestDatabase> => {
  const database = await createEmptyDatabase();
  await database.db.knex.migrate.latest({ migrationSource: createMigrationSource('pg', names) });
  return database;
};
