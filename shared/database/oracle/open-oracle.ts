import knex, { type Knex } from 'knex';
import type oracledb from 'oracledb';
import { BridgeError, isRetryable } from '../../errors';
import type { CharacterSet } from '../../sms/character-set';
import type { Database, DatabaseSettings } from '../database';
import { toDatabaseError } from '../database-errors';
import { toOracleSet } from '../read-character-set';
import { parseOracleUrl, toOracleAddress } from './oracle-address';
import { toOracleConnectError } from './oracle-errors';
import { createLogIn } from './oracle-log-in';
import { type OracleDriver, type OracleStatements, oracleOn } from './oracle-statements';
import { toWalletContent } from './oracle-wallet';
import { closePool, watchCalls } from './oracle-watchdog';

/** Statements that a session keeps open unless it is told otherwise; our processes have fewer than that. */
export const STATEMENT_CACHE = 100;

/**
 * By default texts are sorted as the server's language has it, and compared by their bytes: a page's order would not be that of its cursor, and no index
 * on a text would help to sort. And DDL does not wait for who is writing to its table (ORA-00054); here it does, some seconds.
 */
const SESSION = 'ALTER SESSION SET NLS_SORT = BINARY NLS_COMP = BINARY DDL_LOCK_TIMEOUT = 30';

type Target = ReturnType<typeof toOracleLogin> & { readonly walletContent?: string };
type Opened = {
  readonly driver: OracleDriver;
  readonly pool: oracledb.Pool;
  readonly logIn: ReturnType<typeof createLogIn>;
  readonly setOf: ReturnType<typeof createSetReader>;
};

const CHARACTER_SET = `SELECT VALUE FROM NLS_DATABASE_PARAMETERS WHERE PARAMETER = 'NLS_CHARACTERSET'`;

/** Who and where; the account may be a proxy user with the target behind it, `proxy[target]`. @throws BridgeError CONFIG_INVALID */
export const toOracleLogin = (settings: DatabaseSettings) => {
  const parsed = parseOracleUrl(settings.url);
  return {
    user: decodeURIComponent(parsed.username),
    password: settings.password ?? decodeURIComponent(parsed.password),
    ...toOracleAddress(settings),
  };
};

/** The driver reads and writes TIMESTAMP in the time zone of the process; ours are UTC. @throws BridgeError TIME_ZONE_NOT_UTC */
const requireUtc = (): void => {
  const offsets = [0, 3, 6, 9].map((month) => new Date(2026, month, 1).getTimezoneOffset());
  if (offsets.every((minutes) => minutes === 0)) return;
  throw new BridgeError('TIME_ZONE_NOT_UTC', 'times would be stored wrongly on Oracle: start the process with TZ=UTC');
};

/** What V$SESSION shows: the service as program and module, the instance as action, both as client identifier. Oracle cuts off what is longer. */
const toSessionNames = (applicationName: string) => {
  const [module = '', ...instance] = applicationName.split(' ');
  return { module, action: instance.join(' ').slice(0, 64), clientId: applicationName.slice(0, 64) };
};

/** What every session has; names travel with the statement. */
const prepareSession = async (connection: oracledb.Connection, settings: DatabaseSettings): Promise<void> => {
  const { module, action, clientId } = toSessionNames(settings.applicationName);
  connection.module = module;
  connection.action = action;
  connection.clientId = clientId;
  connection.callTimeout = settings.statementTimeoutMs;
  await connection.execute(SESSION);
};

/** What every text goes by; asked with the first connection. @throws BridgeError DB_SETTINGS, or the driver's error */
const createSetReader = (driver: OracleDriver) => {
  let reading: Promise<CharacterSet> | undefined;
  const read = async (connection: oracledb.Connection): Promise<CharacterSet> => {
    const { rows = [] } = await connection.execute<[string]>(CHARACTER_SET, [], { outFormat: driver.OUT_FORMAT_ARRAY });
    return toOracleSet(String(rows[0]?.[0] ?? '?'));
  };
  return (connection: oracledb.Connection): Promise<CharacterSet> => {
    reading ??= read(connection).catch((error: unknown) => {
      reading = undefined;
      throw error;
    });
    return reading;
  };
};

const createPool = async (settings: DatabaseSettings, target: Target): Promise<Opened> => {
  // a process on PostgreSQL never loads the driver
  const { default: driver } = await import('oracledb');
  await watchCalls();
  const { connectionClass, ...login } = target;
  // the driver has it for the whole process only, and makes up one for each process where it is not set
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
 * A connection of the pool. With resident pooling (DRCP) a server process is only lent with it, and may be another one each time: it is prepared anew, which
 * costs a round trip. None is lent before it is known that the server holds texts as they are.
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

/** The pool, made at the first use: to open a database connects nothing. A failed attempt is made again by the next who asks. */
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

const isLost = (error: unknown): boolean =>
  isRetryable(error) && ['DB_UNAVAILABLE', 'DB_TIMEOUT'].includes((error as BridgeError).code);

/** Opens Oracle: knex for migrations and small questions, and the driver's own pool, which knex shares, for all that is hot. */
export const openOracle = (settings: DatabaseSettings): Database => {
  requireUtc();
  const walletContent = settings.tls && toWalletContent(settings.tls);
  const tlsUse = settings.tls === undefined ? 'off' : settings.tls.cert === undefined ? 'on' : 'certified';
  const target: Target = {
    ...toOracleLogin(settings),
    ...(walletContent === undefined ? {} : { walletContent }),
  };
  const lazy = createLazyPool(settings, target);
  const db = knex({
    client: 'oracledb',
    version: '19.0',
    connectionPool: { getConnection: async () => borrow(await lazy.open(), settings, target), close: lazy.close },
    fetchAsString: ['clob'],
    compileSqlOnError: false,
    log: { warn: () => undefined, error: () => undefined, deprecate: () => undefined, debug: () => undefined },
  } as Knex.Config);

  /** Lends a connection. One that may be broken, or that holds work nobody could undo, does not go back to the pool. */
  const withConnection = async <T>(
    work: (opened: Opened, connection: oracledb.Connection, set: CharacterSet) => Promise<T>,
    undo?: (connection: oracledb.Connection) => Promise<void>,
  ): Promise<T> => {
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
  // a dropped connection's session ends, and with it what it did not commit
  const single: OracleStatements = {
    execute: (...statement) =>
      withConnection(
        ({ driver }, connection, set) => oracleOn(driver, connection, set, true).execute(...statement),
        (c) => c.rollback(),
      ) as never,
    executeMany: (...statement) =>
      withConnection(
        ({ driver }, connection, set) => oracleOn(driver, connection, set, true).executeMany(...statement),
        (c) => c.rollback(),
      ),
    executeEach: (...statement) =>
      withConnection(
        ({ driver }, connection, set) => oracleOn(driver, connection, set, true).executeEach(...statement),
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
    characterSet: () => withConnection(async (_opened, _connection, set) => set),
    // not knex' transaction: that one commits twice, and gives up on a rollback after five seconds
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
      await db.destroy();
      await lazy.close();
    },
  };
};
