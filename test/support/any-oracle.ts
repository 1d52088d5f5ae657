import oracledb from 'oracledb';
import { openTestOracle } from '../../oracle-stand-in/test-oracle';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { createEmptyRemoteDatabase } from './oracle-remote/remote-database';
import { remoteUrl } from './oracle-remote/remote-oracle';

export type AnyOracle = {
  /** Its schema is empty at first. */
  readonly owner: string;
  /** Opens a connection of the unmodified driver as the owner. */
  readonly connect: (attributes?: oracledb.ConnectionAttributes) => Promise<oracledb.Connection>;
  readonly asDba: (sql: string) => Promise<unknown>;
  /** Counts the sessions that wait for a row lock. */
  readonly lockWaiters: () => Promise<number>;
  readonly drop: () => Promise<void>;
};

const openStandIn = async (): Promise<AnyOracle> => {
  const { connect, database, drop } = await openTestOracle();
  return {
    owner: 'YJSMS',
    connect: (attributes) => connect('YJSMS', 'secret', attributes),
    asDba: async (sql) => (await connect('DBADMIN')).execute(sql),
    lockWaiters: database.lockWaiters,
    drop,
  };
};

const openRemoteOracle = async (address: string): Promise<AnyOracle> => {
  const { options, url, dba, lockWaiters, drop } = await createEmptyRemoteDatabase(address, loadExchangeMapping());
  const { username, password, host, pathname } = new URL(url);
  const open: oracledb.Connection[] = [];
  return {
    owner: options.owner,
    asDba: (sql) => dba?.oracle.execute(sql) as Promise<unknown>,
    connect: async (attributes = {}) => {
      const connection = await oracledb.getConnection({
        ...attributes,
        user: username,
        password,
        connectString: `${host}${pathname}`,
      });
      open.push(connection);
      return connection;
    },
    lockWaiters,
    drop: async () => {
      await Promise.all(open.map((connection) => connection.close({ drop: true }).catch(() => undefined)));
      await drop();
    },
  };
};

/**
 * For suites about Oracle's behaviour: opens the server that ORACLE_TEST_URL names, or the
 * stand-in, with an owner of its own.
 */
export const openAnyOracle = (): Promise<AnyOracle> => {
  const address = remoteUrl();
  return address === undefined ? openStandIn() : openRemoteOracle(address);
};
