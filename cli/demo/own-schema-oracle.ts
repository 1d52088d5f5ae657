import { randomBytes } from 'node:crypto';
import { prepareMigrations } from '../../migrations';
import { rolesOf } from '../../migrations/0002-access/access-oracle';
import {
  accountStatements,
  type BusinessAccount,
  type DbaOptions,
  dbaStatements,
  ownTablesStatements,
} from '../../migrations/oracle/oracle-dba';
import type { Database } from '../../shared/database/database';
import { BridgeError } from '../../shared/errors';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { createPassword } from '../accounts/database-login';
import { defaultTablespaceOf, runAsDba, takeAway } from '../oracle/dba-steps';
import { type DemoDatabase, openerOn, type ServerSettings, withLogin } from './own-database';

/**
 * Rights beyond those that an owner needs, so that `sms-bridge app add --login` works on a demo
 * that is left running.
 */
const mayMakeLogins = (owner: string): readonly string[] => [
  `GRANT CREATE USER, DROP USER, CREATE ANY SYNONYM TO ${owner}`,
  `GRANT CREATE SESSION TO ${owner} WITH ADMIN OPTION`,
];

/**
 * Refuses a database that has the bridge's roles. Roles belong to the whole database: the roles of
 * a real installation would be granted the demo's tables, and be dropped at its end.
 */
const refuseRolesOfOthers = async (dba: Database, roles: readonly string[]): Promise<void> => {
  const { rows } = await dba.oracle.execute<{ role: string }>('SELECT ROLE FROM DBA_ROLES');
  const there = rows.map(({ role }) => role).filter((role) => roles.includes(role));
  if (there.length === 0) return;
  throw new BridgeError(
    'DEMO_DATABASE',
    `the bridge is already installed in this Oracle database, which has its roles (${there.join(', ')}): ` +
      'the demo creates roles with these names and drops them at its end, so give it another (pluggable) database',
  );
};

/**
 * Returns the usual names on a server of the demo, else names with a random suffix, of at most 30
 * bytes, which do not exist yet.
 */
const namesFor = (ours: boolean, suffix: string) => ({
  owner: ours ? 'YJSMS' : `YJSMS_DEMO_${suffix}`,
  accountOf: (name: string): string => {
    const account = `DEMO_${name.replaceAll('-', '_').toUpperCase()}`;
    return ours ? account : `${account}_${suffix}`;
  },
});

type Options = { readonly serverGoesToo: boolean };

/**
 * Returns the functions that create and remove a schema as a DBA installs it. The statements are
 * those of `sms-bridge oracle script`, run with the account of `server`.
 * @param options `serverGoesToo`: the server is the demo's stand-in, with the usual names and
 * tablespaces; nothing has to be removed from it
 */
export const provisionOnOracle = (server: ServerSettings, options: Options): DemoDatabase => {
  const ours = options.serverGoesToo;
  // Also for this process: it inserts the times of the business system.
  process.env.TZ = 'UTC';
  const mapping = loadExchangeMapping();
  const { owner, accountOf } = namesFor(ours, randomBytes(3).toString('hex').toUpperCase());
  const open = openerOn(server);
  const dba = open(server.url, 'sms-bridge demo');
  const accounts: BusinessAccount[] = [];
  let installation: DbaOptions | undefined;
  let db: Database | undefined;

  const uninstall = async (): Promise<void> => {
    if (installation === undefined) return;
    const left = (await takeAway(dba, installation, accounts, mapping)).filter(({ result }) => result === 'failed');
    if (left.length === 0) return;
    const lines = left.map(({ statement, why }) => `${statement}; -- ${why}`);
    throw new BridgeError('DEMO_DATABASE', `a DBA must remove:\n${lines.join('\n')}`);
  };

  return {
    needs:
      'the demo creates users and roles on the Oracle server of --database: its account needs the role DBA (or CREATE, ALTER and DROP USER, ' +
      'CREATE ANY SYNONYM, DROP ANY ROLE, GRANT ANY ROLE, PRIVILEGE and OBJECT PRIVILEGE, and SELECT_CATALOG_ROLE)',
    create: async () => {
      await refuseRolesOfOthers(dba, rolesOf(mapping));
      const defaultTablespace = await defaultTablespaceOf(dba);
      installation = { owner, tablespaces: ours, size: '100M', defaultTablespace };
      const password = createPassword();
      await runAsDba(dba, dbaStatements(installation), password);
      if (ours) await runAsDba(dba, mayMakeLogins(owner));
      const ownerUrl = withLogin(server.url, owner, password);
      db = open(ownerUrl, 'sms-bridge demo');
      await db.knex.migrate.latest(await prepareMigrations(db, mapping, installation));
      const { host, pathname } = new URL(ownerUrl);
      const what = ours ? 'a stand-in for Oracle' : 'Oracle';
      return {
        db,
        ownerUrl,
        where: `${what} on ${server.oracleConnectString ?? `${host}${pathname}`}, owner ${owner}`,
      };
    },
    env: {
      // The driver reads and writes times in the zone of the process.
      TZ: 'UTC',
      ...(ours ? {} : { ORACLE_TABLESPACES: 'off' }),
      ...(server.oracleConnectString === undefined ? {} : { ORACLE_CONNECT_STRING: server.oracleConnectString }),
    },
    open,
    accountOf,
    login: async (username, role) => {
      const password = createPassword();
      const account = { account: username, role };
      accounts.push(account);
      await runAsDba(dba, accountStatements(account, installation as DbaOptions, mapping), password);
      return withLogin(server.url, username, password);
    },
    letMakeTables: async (username) => {
      await runAsDba(dba, ownTablesStatements(username, installation as DbaOptions));
    },
    drop: async () => {
      await db?.close();
      try {
        if (!ours) await uninstall();
      } finally {
        await dba.close();
      }
    },
  };
};
