import { randomUUID } from 'node:crypto';
import { createDatabaseLogin, dropDatabaseLogin } from '../../cli/accounts/database-login';
import { openDatabase } from '../../shared/database/open-database';
import { runOn } from './run-on';
import type { TestDatabase, TestLogin } from './test-database';

const open = (url: string, timeZone = 'UTC') =>
  openDatabase({ url, applicationName: 'test', poolMax: 8, statementTimeoutMs: 30_000, timeZone });

/**
 * The tables of a migrated database to empty; ARCHIVE_LOCK's only row comes with the migrations.
 */
const TABLES = `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
   AND table_name NOT LIKE 'knex%' AND table_name <> 'archive_lock'`;

/** The rights on the database itself, which a copy does not inherit. */
const RIGHTS_OF_TEMPLATE = `
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $1::text) AS text FROM pg_database WHERE datname = $2 AND datacl IS NOT NULL
UNION ALL
SELECT format('GRANT %s ON DATABASE %I TO %s', privilege_type, $1::text, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END)
  FROM pg_database, aclexplode(datacl) WHERE datname = $2 AND grantee <> datdba`;

/**
 * Creates a database on the run's PostgreSQL, empty or a copy.
 * @param timeZone the province's, in PostgreSQL's notation of TimeZone
 */
export const createEmptyDatabase = async (timeZone?: string, template?: string): Promise<TestDatabase> => {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = open(process.env.TEST_DATABASE_URL as string);
  if (template === undefined) await admin.knex.raw('CREATE DATABASE ??', [name]);
  else {
    await admin.knex.raw('CREATE DATABASE ?? TEMPLATE ??', [name, template]);
    const { rows: rights } = await admin.query<{ text: string }>(RIGHTS_OF_TEMPLATE, [name, template]);
    for (const { text } of rights) await admin.knex.raw(text);
  }
  const url = new URL(process.env.TEST_DATABASE_URL as string);
  url.pathname = `/${name}`;
  const db = open(url.href, timeZone);
  const logins: TestLogin[] = [];
  return {
    engine: 'pg',
    db,
    url: url.href,
    run: runOn(db),
    // all tests share the server, so they share its logins
    login: async (role, username = `${role}_${randomUUID().slice(0, 8)}`) => {
      const password = randomUUID();
      await createDatabaseLogin(db, { username, password, role });
      const own = new URL(url);
      own.username = username;
      own.password = password;
      const opened = open(own.href, timeZone);
      const login = { db: opened, username, url: own.href, run: runOn(opened) };
      logins.push(login);
      return login;
    },
    lockWaiters: async () => {
      const { rows } = await db.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rows.length;
    },
    empty: async () => {
      const { rows } = await db.query<{ table_name: string }>(TABLES);
      await db.query(`TRUNCATE ${rows.map(({ table_name }) => table_name).join(', ')}`);
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
