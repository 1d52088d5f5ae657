import { Client, type ClientConfig, Pool, type PoolClient, type QueryConfig } from 'pg';
import { BridgeError } from '../../errors';
import { watchVital } from '../../timing/watch-vital';
import type { Database, DatabaseSettings, Query } from '../database';
import { toDatabaseError } from '../database-errors';
import { createLazyKnex } from '../lazy-knex';
import { NO_ORACLE } from '../oracle/oracle-statements';
import { toPostgresSet } from '../read-character-set';

type Connection = Pick<PoolClient, 'query'>;

/**
 * Creates a Query on one driver connection. Hot statements bypass knex: its query builder costs
 * time, and its error messages contain SQL.
 */
export const queryOn =
  (connection: Connection): Query =>
  async (sql, values = [], name) => {
    try {
      const named = name === undefined ? {} : { name };
      const result = await connection.query({ text: sql, values: values as unknown[], ...named });
      return { rows: result.rows as never[], rowCount: result.rowCount ?? 0 };
    } catch (error) {
      throw toDatabaseError(error);
    }
  };

/** Puts the password into the URL, because the driver ignores it next to a URL. */
const withPassword = ({ url, password }: DatabaseSettings): string => {
  if (password === undefined) return url;
  const complete = new URL(url);
  complete.password = encodeURIComponent(password);
  return complete.href;
};

/**
 * Commits. Checks the command tag, because PostgreSQL answers the COMMIT of a transaction with a
 * failed statement by ROLLBACK, without an error.
 */
const commit = async (connection: Connection): Promise<void> => {
  const { command } = await connection.query({ text: 'COMMIT' });
  if (command !== 'COMMIT')
    throw new BridgeError('DB_ROLLED_BACK', 'a failed statement was ignored: nothing was committed');
};

/**
 * Sets the session's time zone. The bridge's columns have a time zone; the province's may have
 * none, and are in its zone. Zones set for the account or the server are ignored, because they
 * serve other clients.
 */
const setTimeZone = async (connection: Connection, timeZone = 'UTC'): Promise<void> => {
  try {
    await connection.query({ text: `SET SESSION TIME ZONE '${timeZone}'` });
  } catch (error) {
    throw isUnknownZone(error) ? unknownZone(timeZone) : error;
  }
};

const isUnknownZone = (error: unknown): boolean => (error as { code?: string } | null)?.code === '22023';

const unknownZone = (timeZone: string): BridgeError =>
  new BridgeError(
    'DB_SETTINGS',
    `the server does not know the time zone ${timeZone}: give timeZone of EXCHANGE_FILE as an offset, such as +08:00`,
    { retryable: true },
  );

const silent = (): void => undefined;

/** How long to wait for a connection that is free, and for a server that answers. */
const FREE_MS = 10_000;
const CONNECT_MS = 5_000;

/** The pool has one time limit for both. */
function connectSoon(config: ClientConfig): Client {
  return new Client({ ...config, connectionTimeoutMillis: CONNECT_MS });
}

const openPool = (settings: DatabaseSettings): Pool => {
  const pool = new Pool({
    connectionString: withPassword(settings),
    application_name: settings.applicationName,
    statement_timeout: settings.statementTimeoutMs,
    ...(settings.lockTimeoutMs === undefined ? {} : { lock_timeout: settings.lockTimeoutMs }),
    // Otherwise the transaction of a frozen process would hold its locks forever.
    idle_in_transaction_session_timeout: settings.statementTimeoutMs,
    connectionTimeoutMillis: FREE_MS,
    Client: connectSoon as never,
    keepAlive: true,
    ...(settings.tls === undefined ? {} : { ssl: { rejectUnauthorized: true, ...settings.tls } }),
    max: settings.poolMax,
    idleTimeoutMillis: 60_000,
    // The pool waits for this before it lends the connection.
    onConnect: (connection) => {
      // A lent connection that the server ends reports it here too; without a listener the process
      // would end. The statement fails, and the pool does not lend the connection again.
      connection.on('error', silent);
      return setTimeZone(connection, settings.timeZone);
    },
  });
  // The same for a connection that nothing uses.
  pool.on('error', silent);
  return pool;
};

/** @throws BridgeError DB_… when there is no connection */
const borrow = async (pool: Pool): Promise<PoolClient> => {
  try {
    return await pool.connect();
  } catch (error) {
    throw toDatabaseError(error);
  }
};

/**
 * Rolls back. Returns false when that fails: ending the session undoes the uncommitted work then.
 */
const rollBack = (connection: Connection): Promise<boolean> =>
  connection.query({ text: 'ROLLBACK' }).then(
    () => true,
    () => false,
  );

const PROBE: QueryConfig & { readonly query_timeout: number } = { text: 'SELECT 1', query_timeout: 3_000 };

/** Closes a connection that does not answer: its place in the pool would be lost. */
const probe = async (pool: Pool): Promise<void> => {
  const connection = await borrow(pool);
  let unusable = true;
  try {
    await connection.query(PROBE);
    unusable = false;
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    connection.release(unusable);
  }
};

/** Creates the PostgreSQL pool. Connects only at the first statement. */
export const openPostgres = (settings: DatabaseSettings): Database => {
  const pool = openPool(settings);
  const vital = watchVital(() => probe(pool));
  const lazy = createLazyKnex({
    client: 'pg',
    connectionPool: pool,
    // Error messages must never contain SQL with values.
    compileSqlOnError: false,
    // knex would print to the console what it also throws; the bridge logs with pino.
    log: { warn: silent, error: silent, deprecate: silent, debug: silent },
  });
  const query: Query = async (sql, values, name) => {
    const connection = await borrow(pool);
    try {
      const result = await queryOn(connection)(sql, values, name);
      vital.worked();
      return result as never;
    } finally {
      connection.release();
    }
  };
  return {
    engine: 'pg',
    vital,
    get knex() {
      return lazy.get();
    },
    query,
    oracle: NO_ORACLE,
    characterSet: async () => {
      const { rows } = await query<{ server_encoding: string }>('SHOW server_encoding');
      return toPostgresSet(rows[0]?.server_encoding ?? '?');
    },
    transaction: async (work) => {
      const connection = await borrow(pool);
      let usable = true;
      try {
        await connection.query({ text: 'BEGIN' });
        const result = await work({ query: queryOn(connection), oracle: NO_ORACLE });
        await commit(connection);
        vital.worked();
        return result;
      } catch (error) {
        usable = await rollBack(connection);
        throw error;
      } finally {
        connection.release(!usable);
      }
    },
    close: async () => {
      await lazy.destroy();
      if (!pool.ending) await pool.end();
    },
  };
};
