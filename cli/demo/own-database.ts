import type { Database, DatabaseSettings } from '../../shared/database/database';
import { toDatabaseError } from '../../shared/database/database-errors';
import { openDatabase } from '../../shared/database/open-database';
import { BridgeError, messageOf } from '../../shared/errors';
import type { DatabaseRole } from '../accounts/login';
import { registerAccount } from '../accounts/register-account';

/** An application of the demo: its code is also its account's name. */
export type DemoApp = { readonly appId: string; readonly extCode: string; readonly key: string };

export type OwnDatabase = {
  /** as the owner of the tables */
  readonly db: Database;
  readonly ownerUrl: string;
  /** what it is and where, in words */
  readonly where: string;
  /** address with a login of its own for each service, in the role that is made for it */
  readonly urls: Readonly<Record<ServiceLogin, string>>;
  /** address for the business system that uses the table, with the account of its application */
  readonly businessUrl: string;
  readonly apps: readonly DemoApp[];
  /** what a process must have in its environment beside one of these addresses */
  readonly env: Readonly<Record<string, string>>;
  /** Connects with one of these addresses. */
  readonly open: (url: string, applicationName: string) => Database;
  /** Closes, and removes all of it from the server. */
  readonly drop: () => Promise<void>;
};

/** Of the server, with an account that may make databases or users, and its password in the address. */
export type ServerSettings = Omit<DatabaseSettings, 'password'>;

/** What differs from engine to engine: where the demo's tables are made, and how accounts are. */
export type Ground = Pick<OwnDatabase, 'env' | 'open' | 'drop'> & {
  /** Makes the place for the tables, and the tables. @throws BridgeError DB_… */
  readonly create: () => Promise<Pick<OwnDatabase, 'db' | 'ownerUrl' | 'where'>>;
  /** The account's name on this server: other demos and real accounts have other ones. */
  readonly accountOf: (name: string) => string;
  readonly login: (username: string, role: DatabaseRole) => Promise<string>;
  /** The simulator makes its journal itself. */
  readonly letMakeTables: (username: string) => Promise<void>;
  /** what the account of `--database` needs, as a sentence goes on */
  readonly needs: string;
};

/** Opens addresses of one server: TLS, or Oracle's descriptor, are the same for all its accounts. */
export const openerOn =
  (server: ServerSettings): OwnDatabase['open'] =>
  (url, applicationName) =>
    openDatabase({ ...server, url, applicationName, poolMax: 4, statementTimeoutMs: 60_000 });

/** The password goes into the address, as the addresses of the demo's own logins have it. @throws BridgeError CONFIG_INVALID */
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

/** The address with another account, and maybe another database. */
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

/** The first sends over HTTP, the second by the table, all of them on `sms.send`. */
const APPS = [
  { name: 'portal', extCode: '01' },
  { name: 'production', extCode: '02' },
  { name: 'billing', extCode: '03' },
  { name: 'outage', extCode: '04' },
] as const;

/** What cannot be done for want of a right; Oracle says of what one may not see that it is not there. */
const isDenied = (problem: Error): boolean =>
  problem instanceof BridgeError && ['DB_DENIED', 'DB_SCHEMA'].includes(problem.code);

/**
 * Tables of the demo's own, with one least-privilege login for each service and for the business system, and a few applications.
 * @throws BridgeError DEMO_DATABASE when the account may not do that, DB_…
 */
export const createOwnDatabase = async (ground: Ground): Promise<OwnDatabase> => {
  try {
    const { db, ownerUrl, where } = await ground.create();
    const urls: Partial<Record<ServiceLogin, string>> = {};
    for (const [service, role] of Object.entries(SERVICE_ROLES) as [ServiceLogin, DatabaseRole][]) {
      urls[service] = await ground.login(ground.accountOf(service), role);
    }
    await ground.letMakeTables(ground.accountOf('gateway-simulator'));
    const apps: DemoApp[] = [];
    for (const { name: appId, extCode } of APPS) {
      const username = appId === APPS[1].name ? ground.accountOf(appId) : appId;
      const registered = await registerAccount(db, { username, appId, extCode, role: 'application' });
      if (!registered.ok) throw new BridgeError('DEMO_DATABASE', registered.problem.message);
      apps.push({ appId, extCode, key: registered.value.key ?? '' });
    }
    const businessUrl = await ground.login(ground.accountOf(APPS[1].name), 'sms_application');
    const { env, open, drop } = ground;
    return { db, ownerUrl, where, urls: urls as Record<ServiceLogin, string>, businessUrl, apps, env, open, drop };
  } catch (error) {
    // a server that is not ours: what could not be removed must be known
    const left = await ground.drop().then(() => undefined, messageOf);
    const problem = toDatabaseError(error);
    const denied = isDenied(problem);
    if (!denied && left === undefined) throw problem;
    const why = denied ? `${ground.needs}: ${problem.message}` : problem.message;
    throw new BridgeError('DEMO_DATABASE', left === undefined ? why : `${why}\n${left}`, { cause: error });
  }
};
