import { randomBytes } from 'node:crypto';
import { createMigrationSource } from '../../migrations';
import {
  createDatabaseLogin,
  type DatabaseRole,
  dropDatabaseLogin,
} from '../../services/shared/accounts/database-login';
import { registerAccount } from '../../services/shared/accounts/register-account';
import { toDatabaseError } from '../../services/shared/database/database-errors';
import { type Database, type DatabaseSettings, openDatabase } from '../../services/shared/database/open-database';
import { BridgeError } from '../../services/shared/errors';
import { loadExchangeNames } from '../../services/shared/exchange/exchange-names';

/** An application of the demo: its code is also its account's name. */
export type DemoApp = { readonly appId: string; readonly extCode: string; readonly key: string };

export type OwnDatabase = {
  /** as the owner of the tables */
  readonly db: Database;
  readonly ownerUrl: string;
  /** address with a login of its own for each service, in the role that is made for it */
  readonly urls: Readonly<Record<ServiceLogin, string>>;
  /** address for the business system that uses the table, with the account of its application */
  readonly businessUrl: string;
  readonly apps: readonly DemoApp[];
  /** Closes, and removes all of it from the server. */
  readonly drop: () => Promise<void>;
};

const SERVICE_ROLES = {
  producer: 'sms_producer',
  'exchange-relay': 'sms_relay',
  'report-collector': 'sms_collector',
  archiver: 'sms_archiver',
  'gateway-simulator': 'sms_province',
} as const satisfies Record<string, DatabaseRole>;

export type ServiceLogin = keyof typeof SERVICE_ROLES;

/** The first sends over HTTP, the second by the table, all of them on `sms.send`. */
const APPS = [
  { name: 'portal', extCode: '01' },
  { name: 'production', extCode: '02' },
  { name: 'billing', extCode: '03' },
  { name: 'outage', extCode: '04' },
] as const;

const withLogin = (url: string, database: string, username: string, password: string): string => {
  const changed = new URL(url);
  Object.assign(changed, { pathname: `/${database}`, username, password });
  return changed.href;
};

const onDatabase = (url: string, database: string): string => {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
};

/**
 * A database of the demo's own on the server of `settings`, migrated, with one least-privilege login for each service and for the business
 * system, and a few applications. Never the database that the address names: there may be real messages in it.
 * @throws BridgeError DEMO_DATABASE when the account may not do that, DB_…
 */
export const createOwnDatabase = async (
  settings: Omit<DatabaseSettings, 'applicationName' | 'poolMax' | 'statementTimeoutMs'>,
  options: { readonly serverGoesToo: boolean },
): Promise<OwnDatabase> => {
  const suffix = randomBytes(4).toString('hex');
  const name = `sms_demo_${suffix}`;
  const open = (url: string) =>
    openDatabase({ ...settings, url, applicationName: 'sms-bridge demo', poolMax: 4, statementTimeoutMs: 60_000 });
  const admin = open(settings.url);
  const logins: string[] = [];
  let db: Database | undefined;
  const migrations = { migrationSource: createMigrationSource(admin.engine, loadExchangeNames()) };

  const drop = async (): Promise<void> => {
    if (options.serverGoesToo) {
      await Promise.all([db?.close(), admin.close()]);
      return;
    }
    // in this order, so that the group roles, which belong to the server, go too, unless another database of it uses them
    for (const login of logins) {
      await db?.knex.raw('DROP OWNED BY ??', [login]).catch(() => undefined);
      await dropDatabaseLogin(admin, login).catch(() => undefined);
    }
    await db?.knex.migrate.rollback(migrations, true).catch(() => undefined);
    await db?.close();
    await admin.knex.raw('DROP DATABASE IF EXISTS ?? WITH (FORCE)', [name]).catch(() => undefined);
    for (const login of logins) await dropDatabaseLogin(admin, login).catch(() => undefined);
    await admin.close();
  };

  const login = async (username: string, role: DatabaseRole): Promise<string> => {
    const password = randomBytes(18).toString('base64url');
    await createDatabaseLogin(db as Database, { username, password, role });
    logins.push(username);
    return withLogin(settings.url, name, username, password);
  };

  try {
    await admin.query('SELECT 1');
    await admin.knex.raw('CREATE DATABASE ??', [name]);
    db = open(onDatabase(settings.url, name));
    await db.knex.migrate.latest(migrations);
    const urls: Partial<Record<ServiceLogin, string>> = {};
    for (const [service, role] of Object.entries(SERVICE_ROLES) as [ServiceLogin, DatabaseRole][]) {
      urls[service] = await login(`demo_${suffix}_${service.replace('-', '_')}`, role);
    }
    // the simulator makes its journal
    await db.knex.raw('GRANT CREATE ON SCHEMA public TO ??', [logins.at(-1) as string]);
    const apps: DemoApp[] = [];
    for (const { name: appId, extCode } of APPS) {
      const username = appId === APPS[1].name ? `${appId}_${suffix}` : appId;
      const registered = await registerAccount(db, { username, appId, extCode, role: 'application' });
      if (!registered.ok) throw new BridgeError('DEMO_DATABASE', registered.problem.message);
      apps.push({ appId, extCode, key: registered.value.key ?? '' });
    }
    const businessUrl = await login(`${APPS[1].name}_${suffix}`, 'sms_application');
    return {
      db,
      ownerUrl: onDatabase(settings.url, name),
      urls: urls as Record<ServiceLogin, string>,
      businessUrl,
      apps,
      drop,
    };
  } catch (error) {
    await drop();
    const problem = toDatabaseError(error);
    if (!(problem instanceof BridgeError && problem.code === 'DB_DENIED')) throw problem;
    throw new BridgeError(
      'DEMO_DATABASE',
      `the demo makes a database and logins of its own on the server of --database; its account must be allowed to (CREATEDB, CREATEROLE): ${problem.message}`,
      { cause: error },
    );
  }
};
