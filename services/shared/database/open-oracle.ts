import knex, { type Knex } from 'knex';
import type oracledb from 'oracledb';
import { BridgeError, isRetryable } from '../errors';
import { toDatabaseError } from './database-errors';
import type { Database, DatabaseSettings } from './open-database';
import { type OracleDriver, type OracleStatements, oracleOn } from './oracle-statements';

/** Cursors that a session keeps parsed; our processes have fewer statements than that. */
export const STATEMENT_CACHE = 100;

/**
 * By default texts are sorted as the server's language has it, and compared by their bytes: a page's order would not be that of its cursor, and no index
 * on a text would help to sort.
 */
const SORT_BY_BYTES = 'ALTER SESSION SET NLS_SORT = BINARY NLS_COMP = BINARY';

type Opened = { readonly driver: OracleDriver; readonly pool: oracledb.Pool };

/** `oracle://user:password@host:port/service?connect_timeout=…`, or a TNS alias in the host's place; a descriptor goes beside it. */
export const toOracleLogin = ({ url, password, oracleConnectString }: DatabaseSettings) => {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new BridgeError('CONFIG_INVALID', 'DATABASE_URL must be oracle://user:password@host:port/service');
  }
  return {
    user: decodeURIComponent(parsed.username),
    password: password ?? decodeURIComponent(parsed.password),
    connectString:
      oracleConnectString ?? `${parsed.host}${parsed.pathname === '/' ? '' : parsed.pathname}${parsed.search}`,
  };
};

/** The driver reads and writes TIMESTAMP in the time zone of the process; ours are UTC. @throws BridgeError TIME_ZONE_NOT_UTC */
const requireUtc = (): void => {
  const offsets = [0, 3, 6, 9].map((month) => new Date(2026, month, 1).getTimezoneOffset());
  if (offsets.every((minutes) => minutes === 0)) return;
  throw new BridgeError('TIME_ZONE_NOT_UTC', 'times would be stored wrongly on Oracle: start the process with TZ=UTC');
};

const createPool = async (settings: DatabaseSettings): Promise<Opened> => {
  // a process on PostgreSQL never loads the driver
  const { default: driver } = await import('oracledb');
  const pool = await driver.createPool({
    ...toOracleLogin(settings),
    poolMin: 0,
    poolMax: settings.poolMax,
    poolIncrement: 1,
    poolTimeout: 60,
    poolPingInterval: 30,
    queueTimeout: 10_000,
    stmtCacheSize: STATEMENT_CACHE,
    connectTimeout: 10,
    transportConnectTimeout: 5,
    expireTime: 1,
    sessionCallback: (connection: oracledb.Connection, _tag: string, done: (error?: Error) => void) => {
      // what the DBA sees in V$SESSION; it travels with the next statement
      connection.module = settings.applicationName;
      connection.clientId = settings.applicationName;
      connection.callTimeout = settings.statementTimeoutMs;
      connection.execute(SORT_BY_BYTES).then(() => done(), done);
    },
  });
  return { driver, pool };
};

/** The pool, made at the first use: to open a database connects nothing. A failed attempt is made again by the next who asks. */
const createLazyPool = (settings: DatabaseSettings) => {
  let opening: Promise<Opened> | undefined;
  return {
    open: (): Promise<Opened> => {
      opening ??= createPool(settings).catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
      return opening;
    },
    close: async (): Promise<void> => {
      const opened = await opening?.catch(() => undefined);
      opening = undefined;
      await opened?.pool.close(0);
    },
  };
};

const isLost = (error: unknown): boolean =>
  isRetryable(error) && ['DB_UNAVAILABLE', 'DB_TIMEOUT'].includes((error as BridgeError).code);

/** Opens Oracle: knex for migrations and small questions, and the driver's own pool, which knex shares, for all that is hot. */
export const openOracle = (settings: DatabaseSettings): Database => {
  requireUtc();
  if (settings.tls !== undefined) {
    throw new BridgeError(
      'CONFIG_INVALID',
      'DATABASE_TLS is PostgreSQL’s: on Oracle give a descriptor with PROTOCOL=TCPS in ORACLE_CONNECT_STRING',
    );
  }
  const lazy = createLazyPool(settings);
  const db = knex({
    client: 'oracledb',
    version: '19.0',
    connectionPool: { getConnection: async () => (await lazy.open()).pool.getConnection(), close: lazy.close },
    fetchAsString: ['clob'],
    compileSqlOnError: false,
    log: { warn: () => undefined, error: () => undefined, deprecate: () => undefined, debug: () => undefined },
  } as Knex.Config);

  /** Lends a connection. One that may be broken, or that holds work nobody could undo, does not go back to the pool. */
  const withConnection = async <T>(
    work: (opened: Opened, connection: oracledb.Connection) => Promise<T>,
    undo?: (connection: oracledb.Connection) => Promise<void>,
  ): Promise<T> => {
    let connection: oracledb.Connection | undefined;
    let drop = false;
    try {
      const opened = await lazy.open();
      connection = await opened.pool.getConnection();
      return await work(opened, connection);
    } catch (error) {
      const problem = toDatabaseError(error);
      drop = isLost(problem);
      if (connection !== undefined && !drop) {
        await undo?.(connection).catch(() => {
          drop = true;
        });
      }
      throw problem;
    } finally {
      await connection?.close({ drop }).catch(() => undefined);
    }
  };
  // a dropped connection's session ends, and with it what it did not commit
  const single: OracleStatements = {
    execute: (...statement) =>
      withConnection(
        ({ driver }, connection) => oracleOn(driver, connection, true).execute(...statement),
        (c) => c.rollback(),
      ) as never,
    executeMany: (...statement) =>
      withConnection(
        ({ driver }, connection) => oracleOn(driver, connection, true).executeMany(...statement),
        (c) => c.rollback(),
      ),
  };
  const query = async (): Promise<never> => {
    throw new BridgeError('ENGINE_UNSUPPORTED', 'this is an Oracle database: a PostgreSQL statement cannot run on it');
  };
  return {
    engine: 'oracledb',
    knex: db,
    query,
    oracle: single,
    // not knex' transaction: that one commits twice, and gives up on a rollback after five seconds
    transaction: (work) =>
      withConnection(
        async ({ driver }, connection) => {
          const result = await work({ query, oracle: oracleOn(driver, connection) });
          await connection.commit();
          return result;
        },
        (connection) => connection.rollback(),
      ),
    close: async () => {
      await db.destroy();
      await lazy.close();
    },
  };
};
