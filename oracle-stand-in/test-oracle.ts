import oracledb from 'oracledb';
import { createEmptyDatabase } from '../test/support/empty-database';
import type { TestDatabase } from '../test/support/test-database';
import { type OracleServer, type OracleServerOptions, openOracleServer } from './open-oracle-server';
import { standInTemplate } from './stand-in-template';

export type TestOracle = OracleServer & {
  readonly database: TestDatabase;
  /** Opens a connection of the unmodified driver; default account: the owner YJSMS. */
  readonly connect: (
    user?: string,
    password?: string,
    attributes?: oracledb.ConnectionAttributes,
  ) => Promise<oracledb.Connection>;
  readonly drop: () => Promise<void>;
};

/**
 * Opens the stand-in on its own database in the PostgreSQL of the test run, with the owner `YJSMS`
 * and a `DBADMIN`; both have the password `secret`.
 */
export const openTestOracle = async (options: Partial<OracleServerOptions> = {}): Promise<TestOracle> => {
  const database = await createEmptyDatabase(undefined, await standInTemplate(options.characterSet));
  const server = await openOracleServer({
    postgresUrl: database.url,
    ...options,
    users: { YJSMS: 'secret', DBADMIN: { password: 'secret', privileges: ['DBA'] }, ...options.users },
  });
  const open: oracledb.Connection[] = [];
  return {
    ...server,
    database,
    connect: async (user = 'YJSMS', password = 'secret', attributes = {}) => {
      const connection = await oracledb.getConnection({
        ...attributes,
        user,
        password,
        connectString: server.connectString,
      });
      open.push(connection);
      return connection;
    },
    drop: async () => {
      server.clearFaults();
      await Promise.all(open.map((connection) => connection.close({ drop: true }).catch(() => undefined)));
      await server.close();
      await database.drop();
    },
  };
};
