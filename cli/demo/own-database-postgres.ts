import { randomBytes } from 'node:crypto';
import { createMigrationSource } from '../../migrations';
import type { Database } from '../../shared/database/database';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { createDatabaseLogin, dropDatabaseLogin } from '../accounts/database-login';
import { type DemoDatabase, openerOn, type ServerSettings, withLogin } from './own-database';

/**
 * Returns the functions that create and remove a separate database on the server of `server`. The
 * database in the address itself is never used: it may hold real messages.
 * @param options `serverGoesToo`: the server is removed with the demo, so nothing has to be removed
 * from it
 */
export const provisionOnPostgres = (
  server: ServerSettings,
  options: { readonly serverGoesToo: boolean },
): DemoDatabase => {
  const suffix = randomBytes(4).toString('hex');
  const name = `sms_demo_${suffix}`;
  const open = openerOn(server);
  const admin = open(server.url, 'sms-bridge demo');
  const logins: string[] = [];
  let db: Database | undefined;
  const migrations = { migrationSource: createMigrationSource('pg', loadExchangeMapping()) };
  return {
    env: {},
    open,
    needs:
      'the demo creates a database and logins on the server of --database: its account needs CREATEDB and CREATEROLE',
    create: async () => {
      await admin.query('SELECT 1');
      await admin.knex.raw('CREATE DATABASE ??', [name]);
      const own = new URL(server.url);
      own.pathname = `/${name}`;
      db = open(own.href, 'sms-bridge demo');
      await db.knex.migrate.latest(migrations);
      return { db, ownerUrl: own.href, where: `PostgreSQL on ${own.host}, database ${name}` };
    },
    // Each name carries the random suffix, because a real account may have the plain name.
    accountOf: (account) => `demo_${suffix}_${account.replace('-', '_')}`,
    login: async (username, role) => {
      const password = randomBytes(18).toString('base64url');
      await createDatabaseLogin(db as Database, {
        username,
        password,
        role,
        ...(role === 'sms_application' ? { connections: 10 } : {}),
      });
      logins.push(username);
      return withLogin(server.url, username, password, name);
    },
    letMakeTables: async (username) => {
      await db?.knex.raw('GRANT CREATE ON SCHEMA public TO ??', [username]);
    },
    drop: async () => {
      if (options.serverGoesToo) {
        await Promise.all([db?.close(), admin.close()]);
        return;
      }
      // In this order, so that the group roles go as well, unless another database of the server
      // uses them: they belong to the server.
      for (const login of logins) {
        await db?.knex.raw('DROP OWNED BY ??', [login]).catch(() => undefined);
        await dropDatabaseLogin(admin, login).catch(() => undefined);
      }
      await db?.knex.migrate.rollback(migrations, true).catch(() => undefined);
      await db?.close();
      await admin.knex.raw('DROP DATABASE IF EXISTS ?? WITH (FORCE)', [name]).catch(() => undefined);
      for (const login of logins) await dropDatabaseLogin(admin, login).catch(() => undefined);
      await admin.close();
    },
  };
};
