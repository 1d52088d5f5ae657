import type { Knex } from 'knex';
import type oracledb from 'oracledb';
import { BridgeError, isRetryable } from '../../errors';
import type { CharacterSet } from '../../sms/character-set';
import { watchVital } from '../../timing/watch-vital';
import type { Database, DatabaseSettings } from '../database';
import { toDatabaseError } from '../database-errors';
import { createLazyKnex } from '../lazy-knex';
import { parseOracleUrl, toOracleAddress } from './oracle-address';
import type { OracleDriver } from './oracle-binds';
import { toOracleConnectError } from './oracle-errors';
import { createLogIn } from './oracle-log-in';
import { createSetReader, prepareSession, toSessionNames } from './oracle-session';
import { type OracleStatements, oracleOn } from './oracle-statements';
import { toWalletContent } from './oracle-wallet';
import { closePool, watchCalls } from './oracle-watchdog';

/** Default number of statements that a session keeps open; no process of the bridge uses more. */
const STATEMENT_CACHE = 100;

type Target = ReturnType<typeof toOracleLogin> & { readonly walletContent?: string };
type Opened = {
  readonly driver: OracleDriver;
  readonly pool: oracledb.Pool;
  readonly logIn: ReturnType<typeof createLogIn>;
  readonly setOf: ReturnType<typeof createSetReader>;
};

/**
 * Returns account and address. The account may be a proxy user followed by its target,
 * `proxy[target]`.
 * @throws BridgeError CONFIG_INVALID
 */
export const toOracleLogin = (settings: DatabaseSettings) => {
  const parsed = parseOracleUrl(settings.url);
  return {
    user: decodeURIComponent(parsed.username),
    password: settings.password ?? decodeURIComponent(parsed.password),
    ...toOracleAddress(settings),
  };
};

/**
 * Requires the process to run in UTC: the driver reads and writes TIMESTAMP in the time zone of the
 * process, and the bridge's times are UTC.
 * @throws BridgeError TIME_ZONE_NOT_UTC
 */
const requireUtc = (): void => {
  const offsets = [0, 3, 6, 9].map((month) => new Date(2026, month, 1).getTimezoneOffset());
  if (offsets.every((minutes) => minutes === 0)) return;
  throw new BridgeError('TIME_ZONE_NOT_UTC', 'times would be stored wrongly on Oracle: start the process with TZ=UTC');
};

const createPool = async (settings: DatabaseSettings, target: Target): Promise<Opened> => {
  // Imported here so that a process on PostgreSQL never loads the driver.
  const { default: driver } = await import('oracledb');
  await watchCalls();
  const { connectionClass, ...login } = target;
  // The driver has one connection class for the whole process, and generates one per process when
  // none is set.
  if (connectionClass !== undefined) driver.connectionClass = connectionClass;
  const pool = await driver.createPool({
    ...login,
    program: toSessionNames(settings.applicationName).module,
    poolMin: 0,
    poolMax: settings.poolMax,
    poolIncrement: 1,
    poolTimeout: 60,
    poolPingInterval: 30,
    queueTimeout: 10_000,
    stmtCacheSize: settings.oracleStatementCache ?? STATEMENT_CACHE,
    connectTimeout: 10,
    transportConnectTimeout: 5,
    expireTime: 1,
    sessionCallback: (connection: oracledb.Connection, _tag: string, done: (error?: Error) => void) => {
      prepareSession(connection, settings).then(() => done(), done);
    },
  });
  return { driver, pool, logIn: createLogIn(), setOf: createSetReader(driver) };
};

/**
 * Lends a prepared connection of the pool, once the database's character set is known to preserve
 * texts. With DRCP the server process is lent too and may change each time, so its session is
 * prepared again, at the cost of a round trip.
 */
const borrow = async (
  { pool, logIn, setOf }: Opened,
  settings: DatabaseSettings,
  target: Target,
): Promise<oracledb.Connection> => {
  const connection = await logIn(pool);
  try {
    if (target.connectionClass !== undefined) await prepareSession(connection, settings);
    await setOf(connection);
    return connection;
  } catch (error) {
    await connection.close({ drop: true }).catch(() => undefined);
    throw error;
  }
};

/** Creates the pool at its first use: opening must not connect. After a failure, tries again. */
const createLazyPool = (settings: DatabaseSettings, target: Target) => {
  let opening: Promise<Opened> | undefined;
  return {
    open: (): Promise<Opened> => {
      opening ??= createPool(settings, target).catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
      return opening;
    },
    close: async (): Promise<void> => {
      const opened = await opening?.catch(() => undefined);
      opening = undefined;
      if (opened !== undefined) await closePool(opened.pool);
    },
  };
};

type LazyPool = ReturnType<typeof createLazyPool>;

const isLost = (error: unknown): boolean =>
  isRetryable(error) && ['DB_UNAVAILABLE', 'DB_TIMEOUT'].includes((error as BridgeError).code);

/**
 * Runs work with a connection. A connection that may be broken, or whose work could not be rolled
 * back, is closed instead of returned to the pool.
 */
const lendWith =
  (lazy: Pick<LazyPool, 'open'>, settings: DatabaseSettings, target: Target) =>
  async <T>(
    work: (opened: Opened, connection: oracledb.Connection, set: CharacterSet) => Promise<T>,
    undo?: (connection: oracledb.Connection) => Promise<void>,
  ): Promise<T> => {
    const tlsUse = settings.tls === undefined ? 'off' : settings.tls.cert === undefined ? 'on' : 'certified';
    let connection: oracledb.Connection | undefined;
    let drop = false;
    try {
      const opened = await lazy.open();
      connection = await borrow(opened, settings, target);
      return await work(opened, connection, await opened.setOf(connection));
    } catch (error) {
      const problem = (connection === undefined && toOracleConnectError(error, tlsUse)) || toDatabaseError(error);
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

const PING_MS = 3_000;

/** A ping without an answer must not keep its session as long as a statement may. */
const ping = async (connection: oracledb.Connection): Promise<void> => {
  const { callTimeout } = connection;
  connection.callTimeout = PING_MS;
  await connection.ping();
  connection.callTimeout = callTimeout;
};

/**
 * Opens Oracle. knex runs migrations and small queries; hot statements use the driver's pool, which
 * knex shares.
 * @throws BridgeError CONFIG_INVALID, TIME_ZONE_NOT_UTC
 */
export const openOracle = (settings: DatabaseSettings): Database => {
  requireUtc();
  const walletContent = settings.tls && toWalletContent(settings.tls);
  const target: Target = {
    ...toOracleLogin(settings),
    ...(walletContent === undefined ? {} : { walletContent }),
  };
  const lazy = createLazyPool(settings, target);
  const lazyKnex = createLazyKnex({
    client: 'oracledb',
    version: '19.0',
    connectionPool: { getConnection: async () => borrow(await lazy.open(), settings, target), close: lazy.close },
    fetchAsString: ['clob'],
    compileSqlOnError: false,
    log: { warn: () => undefined, error: () => undefined, deprecate: () => undefined, debug: () => undefined },
  } as Knex.Config);

  const lend = lendWith(lazy, settings, target);
  const vital = watchVital(() => lend(async (_opened, connection) => ping(connection)));
  const withConnection: typeof lend = async (work, undo) => {
    const result = await lend(work, undo);
    vital.worked();
    return result;
  };
  // Dropping a connection ends its session, which undoes uncommitted work.
  const onOwn = <T>(use: (statements: OracleStatements) => Promise<T>): Promise<T> =>
    withConnection(
      ({ driver }, connection, set) => use(oracleOn(driver, connection, set, true)),
      (connection) => connection.rollback(),
    );
  const single: OracleStatements = {
    execute: (...statement) => onOwn(({ execute }) => execute(...statement)) as never,
    executeMany: (...statement) => onOwn(({ executeMany }) => executeMany(...statement)),
    executeEach: (...statement) => onOwn(({ executeEach }) => executeEach(...statement)),
  };
  const query = async (): Promise<never> => {
    throw new BridgeError('ENGINE_UNSUPPORTED', 'this is an Oracle database: a PostgreSQL statement cannot run on it');
  };
  return {
    engine: 'oracledb',
    vital,
    get knex() {
      return lazyKnex.get();
    },
    query,
    oracle: single,
    characterSet: () => withConnection(async (_opened, _connection, set) => set),
    // knex's own transaction commits twice, and abandons a rollback after five seconds.
    transaction: (work) =>
      withConnection(
        async ({ driver }, connection, set) => {
          const result = await work({ query, oracle: oracleOn(driver, connection, set) });
          await connection.commit();
          return result;
        },
        (connection) => connection.rollback(),
      ),
    close: async () => {
      await lazyKnex.destroy();
      await lazy.close();
    },
  };
};
