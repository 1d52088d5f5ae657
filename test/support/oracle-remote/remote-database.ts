import { rolesOf } from '../../../migrations/0002-access/access-oracle';
import { accountStatements, type DbaOptions, dbaStatements } from '../../../migrations/oracle/oracle-dba';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { runOn } from '../run-on';
import type { TestDatabase, TestLogin } from '../test-database';
import { dropRole, dropUser, openRemote, REMOTE_PASSWORD, REMOTE_PREFIX, toRemoteLogin } from './remote-oracle';

/** Living owners of this process: a test may have two databases at once. */
const alive = new Set<string>();

const nextOwner = (): string => {
  for (let at = 1; ; at += 1) {
    const owner = `${REMOTE_PREFIX}OWNER${at === 1 ? '' : `_${at}`}`;
    if (!alive.has(owner)) return owner;
  }
};

/** Sessions that wait for a row lock. Only tests have rights on the tables. */
const WAITERS = `SELECT SID FROM V$SESSION WHERE BLOCKING_SESSION IS NOT NULL AND SUBSTR(USERNAME, 1, ${REMOTE_PREFIX.length}) = '${REMOTE_PREFIX}'`;

const TABLES = `SELECT TABLE_NAME FROM USER_TABLES WHERE TABLE_NAME NOT LIKE 'knex%' AND TABLE_NAME <> 'ARCHIVE_LOCK' ORDER BY TABLE_NAME`;

/** The owner and the tablespaces of a test's tables. */
export type RemoteOwner = TestDatabase & { readonly options: DbaOptions };

/**
 * Creates the empty schema of a new owner on the Oracle that ORACLE_TEST_URL names, with the
 * statements for a DBA. Accounts begin with SMSTEST_ and are dropped with the database, like the
 * roles. The remains of a killed run under these names are dropped first.
 */
export const createEmptyRemoteDatabase = async (url: string, mapping: ExchangeMapping): Promise<RemoteOwner> => {
  const dba = openRemote(url);
  const owner = nextOwner();
  alive.add(owner);
  const { rows } = await dba.oracle.execute<{ name: string }>(
    `SELECT PROPERTY_VALUE AS NAME FROM DATABASE_PROPERTIES WHERE PROPERTY_NAME = 'DEFAULT_PERMANENT_TABLESPACE'`,
  );
  const options: DbaOptions = {
    owner,
    tablespaces: false,
    size: '100M',
    defaultTablespace: rows[0]?.name ?? 'USERS',
  };
  const asDba = async (texts: readonly string[]): Promise<void> => {
    for (const text of texts) await dba.oracle.execute(text.replace(/&&\w+_password/, REMOTE_PASSWORD));
  };
  const users = [owner];
  const logins: TestLogin[] = [];
  await dropUser(dba, owner);
  await asDba(dbaStatements(options));
  const db = openRemote(toRemoteLogin(url, owner));
  return {
    engine: 'oracledb',
    options,
    db,
    url: toRemoteLogin(url, owner),
    run: runOn(db),
    login: async (role, given = `${role.replace('sms_', '')}_${logins.length + 1}`) => {
      const username = `${owner.replace('OWNER', '').replace(/^(SMSTEST_)_/, '$1')}${given.toUpperCase()}`;
      await dropUser(dba, username);
      users.push(username);
      await asDba(accountStatements({ account: username, role }, options, mapping));
      const opened = openRemote(toRemoteLogin(url, username));
      const login = { db: opened, username, url: toRemoteLogin(url, username), run: runOn(opened) };
      logins.push(login);
      return login;
    },
    lockWaiters: async () => (await dba.oracle.execute(WAITERS)).rows.length,
    empty: async () => {
      const tables = await db.oracle.execute<{ table_name: string }>(TABLES);
      for (const { table_name } of tables.rows) await db.oracle.execute(`DELETE FROM ${table_name}`);
    },
    dba,
    drop: async () => {
      for (const { db: opened } of [...logins, { db }]) await opened.close().catch(() => undefined);
      for (const username of users.reverse()) await dropUser(dba, username);
      alive.delete(owner);
      if (alive.size === 0) for (const role of rolesOf(mapping)) await dropRole(dba, role);
      await dba.close();
    },
  };
};
