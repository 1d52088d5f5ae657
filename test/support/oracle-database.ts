import { prepareMigrations } from '../../migrations';
import { accountStatements, type DbaOptions, withPassword } from '../../migrations/oracle-dba';
import { openDatabase } from '../../services/shared/database/open-database';
import type { ExchangeNames } from '../../services/shared/exchange/exchange-names';
import { createEmptyDatabase } from './empty-database';
import { createEmptyRemoteDatabase } from './oracle-remote/remote-database';
import { remoteUrl } from './oracle-remote/remote-oracle';
import { OWNER_PRIVILEGES } from './oracle-server/backend/accounts';
import type { PlainOptions } from './oracle-server/run-oracle-server';
import { spawnOracleServer } from './oracle-server/spawn-oracle-server';
import { runOn } from './run-on';
import type { TestDatabase, TestLogin } from './test-database';

const OWNER: DbaOptions = { owner: 'YJSMS', tablespaces: false, size: '100M', defaultTablespace: 'USERS' };
const PASSWORD = 'secret';

/** Of a migrated database; ARCHIVE_LOCK's only row comes with the migrations. */
const TABLES = `SELECT TABLE_NAME FROM USER_TABLES WHERE TABLE_NAME NOT LIKE 'knex%' AND TABLE_NAME <> 'ARCHIVE_LOCK' ORDER BY TABLE_NAME`;

/** An empty schema: on the real Oracle that ORACLE_TEST_URL names, or on a stand-in. */
export const createEmptyOracleDatabase = (names: ExchangeNames, options: PlainOptions = {}): Promise<TestDatabase> => {
  const remote = remoteUrl();
  return remote === undefined ? createEmptyStandIn(names, options) : createEmptyRemoteDatabase(remote, names);
};

/**
 * The empty schema of the owner YJSMS on a stand-in of its own, which is a process: services can use it, and it thinks while the test does.
 * Names are the same every time, because the grammar takes seconds for a text that it has not seen.
 */
const createEmptyStandIn = async (names: ExchangeNames, options: PlainOptions): Promise<TestDatabase> => {
  const behind = await createEmptyDatabase();
  const server = await spawnOracleServer({
    postgresUrl: behind.url,
    options,
    users: {
      YJSMS: { password: PASSWORD, privileges: [...OWNER_PRIVILEGES, 'CREATE ROLE'] },
      DBADMIN: { password: PASSWORD, privileges: ['DBA'] },
    },
  });
  const toUrl = (username: string): string => `oracle://${username}:${PASSWORD}@${server.connectString}`;
  const open = (username: string) =>
    openDatabase({ url: toUrl(username), applicationName: 'test', poolMax: 8, statementTimeoutMs: 60_000 });
  const db = open('YJSMS');
  const dba = open('DBADMIN');
  const logins: TestLogin[] = [];
  return {
    engine: 'oracledb',
    db,
    url: toUrl('YJSMS'),
    run: runOn(db),
    login: async (role, given = `${role.replace('sms_', '')}_${logins.length + 1}`) => {
      const username = given.toUpperCase();
      for (const text of accountStatements({ account: username, role }, OWNER, names)) {
        await dba.oracle.execute(withPassword(text, PASSWORD));
      }
      const opened = open(username);
      const login = { db: opened, username, url: toUrl(username), run: runOn(opened) };
      logins.push(login);
      return login;
    },
    lockWaiters: behind.lockWaiters,
    empty: async () => {
      const { rows } = await db.oracle.execute<{ table_name: string }>(TABLES);
      for (const { table_name } of rows) await db.oracle.execute(`DELETE FROM ${table_name}`);
    },
    dba,
    oracle: server,
    drop: async () => {
      await server.clearFaults();
      for (const { db: opened } of [...logins, { db }, { db: dba }]) await opened.close().catch(() => undefined);
      await server.close();
      await behind.drop();
    },
  };
};

/** The same, migrated. */
export const createOracleDatabase = async (names: ExchangeNames, options?: PlainOptions): Promise<TestDatabase> => {
  const database = await createEmptyOracleDatabase(names, options);
  await database.db.knex.migrate.latest(await prepareMigrations(database.db, names, OWNER));
  return database;
};
