import { listStatements, prepareMigrations } from '../../migrations';
import { accountStatements, type DbaOptions, withPassword } from '../../migrations/oracle/oracle-dba';
import { OWNER_PRIVILEGES } from '../../oracle-stand-in/backend/accounts';
import type { PlainOptions } from '../../oracle-stand-in/run-oracle-server';
import { spawnOracleServer } from '../../oracle-stand-in/spawn-oracle-server';
import { standInTemplate } from '../../oracle-stand-in/stand-in-template';
import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { templateOf } from './database-template';
import { createEmptyDatabase } from './empty-database';
import { createEmptyRemoteDatabase } from './oracle-remote/remote-database';
import { remoteUrl } from './oracle-remote/remote-oracle';
import { runOn } from './run-on';
import type { TestDatabase, TestLogin } from './test-database';

const OWNER: DbaOptions = { owner: 'YJSMS', tablespaces: false, size: '100M', defaultTablespace: 'USERS' };
const PASSWORD = 'secret';

/**
 * The tables of a migrated database to empty; ARCHIVE_LOCK's only row comes with the migrations.
 */
const TABLES = `SELECT TABLE_NAME FROM USER_TABLES WHERE TABLE_NAME NOT LIKE 'knex%' AND TABLE_NAME <> 'ARCHIVE_LOCK' ORDER BY TABLE_NAME`;

/** Creates an empty schema on the real Oracle that ORACLE_TEST_URL names, or on a stand-in. */
export const createEmptyOracleDatabase = async (
  mapping: ExchangeMapping,
  options: PlainOptions = {},
): Promise<TestDatabase> => {
  const remote = remoteUrl();
  if (remote !== undefined) return createEmptyRemoteDatabase(remote, mapping);
  return openStandIn(mapping, options, await standInTemplate(options.characterSet));
};

const USERS = {
  YJSMS: { password: PASSWORD, privileges: [...OWNER_PRIVILEGES, 'CREATE ROLE'] },
  DBADMIN: { password: PASSWORD, privileges: ['DBA'] },
};

const open = (url: string) => openDatabase({ url, applicationName: 'test', poolMax: 8, statementTimeoutMs: 60_000 });

/**
 * Opens a stand-in as a process, which services can reach and which runs beside the test; returns
 * the schema of its owner YJSMS, empty or a copy of the template.
 * The names never change, because the grammar takes seconds for a new text.
 */
const openStandIn = async (
  mapping: ExchangeMapping,
  options: PlainOptions,
  template: string,
): Promise<TestDatabase> => {
  const behind = await createEmptyDatabase(undefined, template);
  const server = await spawnOracleServer({ postgresUrl: behind.url, options, users: USERS }).catch(async (error) => {
    await behind.drop();
    throw error;
  });
  const toUrl = (username: string): string => `oracle://${username}:${PASSWORD}@${server.connectString}`;
  const db = open(toUrl('YJSMS'));
  const dba = open(toUrl('DBADMIN'));
  const logins: TestLogin[] = [];
  return {
    engine: 'oracledb',
    db,
    url: toUrl('YJSMS'),
    run: runOn(db),
    login: async (role, given = `${role.replace('sms_', '')}_${logins.length + 1}`) => {
      const username = given.toUpperCase();
      for (const text of accountStatements({ account: username, role }, OWNER, mapping)) {
        await dba.oracle.execute(withPassword(text, PASSWORD));
      }
      const opened = open(toUrl(username));
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

const migrate = async (db: Database, mapping: ExchangeMapping): Promise<void> => {
  await db.knex.migrate.latest(await prepareMigrations(db, mapping, OWNER));
};

/**
 * Returns the PostgreSQL database of a migrated stand-in as a template: a stand-in continues where
 * another one stopped.
 */
const migratedTemplate = (mapping: ExchangeMapping, { characterSet }: PlainOptions): Promise<string> =>
  templateOf(['oracledb', listStatements('oracledb', mapping, OWNER), characterSet], async (postgresUrl) => {
    const options = characterSet === undefined ? {} : { characterSet };
    const server = await spawnOracleServer({ postgresUrl, options, users: USERS });
    const db = open(`oracle://YJSMS:${PASSWORD}@${server.connectString}`);
    await migrate(db, mapping).finally(async () => {
      await db.close();
      await server.close();
    });
  });

/** Creates the same, migrated. */
export const createOracleDatabase = async (
  mapping: ExchangeMapping,
  options: PlainOptions = {},
): Promise<TestDatabase> => {
  if (remoteUrl() === undefined) return openStandIn(mapping, options, await migratedTemplate(mapping, options));
  const database = await createEmptyOracleDatabase(mapping, options);
  await migrate(database.db, mapping);
  return database;
};
