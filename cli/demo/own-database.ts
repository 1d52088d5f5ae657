import type { Database, DatabaseSettings } from '../../shared/database/database';
import { toDatabaseError } from '../../shared/database/database-errors';
import { openDatabase } from '../../shared/database/open-database';
import { BridgeError, messageOf } from '../../shared/errors';
import type { DatabaseRole } from '../accounts/login';
import { registerAccount } from '../accounts/register-account';

/** An application of the demo. Its code is also the name of its account. */
export type DemoApp = { readonly appId: string; readonly extCode: string; readonly key: string };

export type OwnDatabase = {
  /** connected as the owner of the tables */
  readonly db: Database;
  readonly ownerUrl: string;
  /** product, server and name, for the user */
  readonly where: string;
  /** one address for each service, with a login in that service's role */
  readonly urls: Readonly<Record<ServiceLogin, string>>;
  /** address for the first application, which inserts into the table with an account of its own */
  readonly businessUrl: string;
  readonly apps: readonly DemoApp[];
  /** environment variables that a process needs in addition to one of these addresses */
  readonly env: Readonly<Record<string, string>>;
  readonly open: (url: string, applicationName: string) => Database;
  /** Closes the connections and removes everything from the server. */
  readonly drop: () => Promise<void>;
};

/** The account may create databases or users; its password is part of the address. */
export type ServerSettings = Omit<DatabaseSettings, 'password'>;

/** The engine-specific part: where the demo's tables are created, and how accounts are named. */
export type DemoDatabase = Pick<OwnDatabase, 'env' | 'open' | 'drop'> & {
  /**
   * Creates the database or schema, and the tables in it.
   * @throws BridgeError DB_…
   */
  readonly create: () => Promise<Pick<OwnDatabase, 'db' | 'ownerUrl' | 'where'>>;
  /** Returns a name that no other demo and no real account of this server has. */
  readonly accountOf: (name: string) => string;
  readonly login: (username: string, role: DatabaseRole) => Promise<string>;
  /** Grants the right to create tables: the simulator creates its own journal. */
  readonly letMakeTables: (username: string) => Promise<void>;
  /** the rights that the account of `--database` needs, as a clause for the error */
  readonly needs: string;
};

/**
 * Returns a function that opens addresses of one server. TLS and Oracle's connect descriptor are
 * the same for all accounts of a server.
 */
export const openerOn =
  (server: ServerSettings): OwnDatabase['open'] =>
  (url, applicationName) =>
    openDatabase({ ...server, url, applicationName, poolMax: 4, statementTimeoutMs: 60_000 });

/**
 * Puts the password into the address, where the addresses of the demo's own logins have it as well.
 * @throws BridgeError CONFIG_INVALID
 */
export const toServer = ({ password, url, ...server }: DatabaseSettings): ServerSettings => {
  if (!URL.canParse(url)) {
    throw new BridgeError(
      'CONFIG_INVALID',
      '--database must be postgres://user:password@host:port/database or oracle://user:password@host:port/service',
    );
  }
  const whole = new URL(url);
  if (password !== undefined) whole.password = encodeURIComponent(password);
  return { ...server, url: whole.href };
};

export const withLogin = (url: string, username: string, password: string, database?: string): string => {
  const changed = new URL(url);
  Object.assign(changed, { username, password, ...(database === undefined ? {} : { pathname: `/${database}` }) });
  return changed.href;
};

const SERVICE_ROLES = {
  producer: 'sms_producer',
  'exchange-relay': 'sms_relay',
  'report-collector': 'sms_collector',
  archiver: 'sms_archiver',
  'gateway-simulator': 'sms_province',
} as const satisfies Record<string, DatabaseRole>;

export type ServiceLogin = keyof typeof SERVICE_ROLES;

/** `billing` sends in all three ways, the others on sms.send. */
const APPS = [
  { name: 'billing', extCode: '01' },
  { name: 'outage', extCode: '02' },
  { name: 'production', extCode: '03' },
  { name: 'portal', extCode: '04' },
] as const;

/**
 * Tells whether a right is missing. Oracle reports an object that the account may not see as one
 * that does not exist.
 */
const isDenied = (problem: Error): boolean =>
  problem instanceof BridgeError && ['DB_DENIED', 'DB_SCHEMA'].includes(problem.code);

/**
 * Creates the demo's tables, one least-privilege login for each service and for the business
 * system, and four applications.
 * @throws BridgeError DEMO_DATABASE when the account lacks a right or something could not be
 * removed, DB_…
 */
export const createOwnDatabase = async (demoDatabase: DemoDatabase): Promise<OwnDatabase> => {
  try {
    const { db, ownerUrl, where } = await demoDatabase.create();
    const urls: Partial<Record<ServiceLogin, string>> = {};
    for (const [service, role] of Object.entries(SERVICE_ROLES) as [ServiceLogin, DatabaseRole][]) {
      urls[service] = await demoDatabase.login(demoDatabase.accountOf(service), role);
    }
    await demoDatabase.letMakeTables(demoDatabase.accountOf('gateway-simulator'));
    const apps: DemoApp[] = [];
    for (const { name: appId, extCode } of APPS) {
      const username = appId === APPS[0].name ? demoDatabase.accountOf(appId) : appId;
      const registered = await registerAccount(db, { username, appId, extCode, role: 'application' });
      if (!registered.ok) throw new BridgeError('DEMO_DATABASE', registered.problem.message);
      apps.push({ appId, extCode, key: registered.value.key ?? '' });
    }
    const businessUrl = await demoDatabase.login(demoDatabase.accountOf(APPS[0].name), 'sms_application');
    const { env, open, drop } = demoDatabase;
    return { db, ownerUrl, where, urls: urls as Record<ServiceLogin, string>, businessUrl, apps, env, open, drop };
  } catch (error) {
    // The server may belong to the user, so tell what could not be removed.
    const left = await demoDatabase.drop().then(() => undefined, messageOf);
    const problem = toDatabaseError(error);
    const denied = isDenied(problem);
    if (!denied && left === undefined) throw problem;
    const why = denied ? `${demoDatabase.needs}: ${problem.message}` : problem.message;
    throw new BridgeError('DEMO_DATABASE', left === undefined ? why : `${why}\n${left}`, { cause: error });
  }
};
