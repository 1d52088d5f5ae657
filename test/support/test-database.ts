import { randomUUID } from 'node:crypto';
import { createMigrationSource } from '../../migrations';
import {
  createDatabaseLogin,
  type DatabaseRole,
  dropDatabaseLogin,
} from '../../services/shared/accounts/database-login';
import { type Database, openDatabase } from '../../services/shared/database/open-database';
import { type ExchangeNames, loadExchangeNames } from '../../services/shared/exchange/exchange-names';

export type TestLogin = { readonly db: Database; readonly username: string; readonly url: string };

export type TestDatabase = {
  /** as the owner of the tables, a superuser */
  readonly db: Database;
  readonly url: string;
  /** A new login in a group role of the migrations, connected; it goes with the database. */
  readonly login: (role: DatabaseRole, username?: string) => Promise<TestLogin>;
  readonly drop: () => Promise<void>;
};

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
  const logins: TestLogin[] = [];
  return {
    db,
    url: url.href,
    // the server is shared by all tests, and so are its logins
    login: async (role, username = `${role}_${randomUUID().slice(0, 8)}`) => {
      const password = randomUUID();
      await createDatabaseLogin(db, { username, password, role });
      const own = new URL(url);
      own.username = username;
      own.password = password;
      const login = { db: open(own.href), username, url: own.href };
      logins.push(login);
      return login;
    },
    drop: async () => {
      for (const login of logins) {
        await login.db.close();
        await db.knex.raw('DROP OWNED BY ??', [login.username]);
        await dropDatabaseLogin(db, login.username);
      }
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
