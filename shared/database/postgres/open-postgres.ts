import knex, { type Knex } from 'knex';
import { BridgeError } from '../../errors';
import type { Database, DatabaseSettings, Query } from '../database';
import { toDatabaseError } from '../database-errors';
import { NO_ORACLE } from '../oracle/oracle-statements';
import { toPostgresSet } from '../read-character-set';

type PgConnection = {
  query: (config: {
    text: string;
    values?: readonly unknown[];
    name?: string;
  }) => Promise<{ rows: never[]; rowCount: number | null; command: string }>;
  /** knex does not lend a connection again that has this */
  __knex__disposed?: unknown;
};

/** A Query on one driver connection. Hot statements go straight to the driver: knex' builder and its SQL-in-error-message are left out. */
export const queryOn =
  (connection: PgConnection): Query =>
  async (sql, values = [], name) => {
    try {
      const result = await connection.query({ text: sql, values, ...(name === undefined ? {} : { name }) });
      return { rows: result.rows, rowCount: result.rowCount ?? 0 };
    } catch (error) {
      throw toDatabaseError(error);
    }
  };

/** The password becomes part of the URL: beside a URL the driver does not look at it. */
const withPassword = ({ url, password }: DatabaseSettings): string => {
  if (password === undefined) return url;
  const complete = new URL(url);
  complete.password = encodeURIComponent(password);
  return complete.href;
};

/** PostgreSQL answers the COMMIT of a transaction in which a statement failed with ROLLBACK, and no error. */
const commit = async (connection: PgConnection): Promise<void> => {
  const { command } = await connection.query({ text: 'COMMIT' });
  if (command !== 'COMMIT')
    throw new BridgeError('DB_ROLLED_BACK', 'a failed statement was passed over: nothing was committed');
};

/** A connection on which it fails is not lent again; its session ends, and with it what was not committed. */
const rollBack = async (connection: PgConnection): Promise<void> => {
  try {
    await connection.query({ text: 'ROLLBACK' });
  } catch (error) {
    connection.__knex__disposed = error;
  }
};

/** Our columns have a time zone; the province's may have none, and are in its. Not by the account or the server: those are set for somebody else. */
const setTimeZone =
  (timeZone = 'UTC') =>
  (connection: PgConnection, done: (error: unknown, connection: PgConnection) => void): void => {
    connection.query({ text: `SET SESSION TIME ZONE '${timeZone}'` }).then(
      () => done(null, connection),
      (error) => done(isUnknownZone(error) ? unknownZone(timeZone) : error, connection),
    );
  };

const isUnknownZone = (error: unknown): boolean => (error as { code?: string } | null)?.code === '22023';

const unknownZone = (timeZone: string): BridgeError =>
  new BridgeError(
    'DB_SETTINGS',
    `the server does not know the time zone ${timeZone}: give timeZone of EXCHANGE_FILE as an offset, such as +08:00`,
    { retryable: true },
  );

const silent = (): void => undefined;

/** Opens PostgreSQL; nothing is connected until the first statement. */
export const openPostgres = (settings: DatabaseSettings): Database => {
  const db = knex({
    client: 'pg',
    connection: {
      connectionString: withPassword(settings),
      application_name: settings.applicationName,
      statement_timeout: settings.statementTimeoutMs,
      ...(settings.lockTimeoutMs === undefined ? {} : { lock_timeout: settings.lockTimeoutMs }),
      // a transaction whose process froze must not hold its locks for ever
      idle_in_transaction_session_timeout: settings.statementTimeoutMs,
      connectionTimeoutMillis: 5000,
      keepAlive: true,
      ...(settings.tls === undefined ? {} : { ssl: { rejectUnauthorized: true, ...settings.tls } }),
    } as Knex.PgConnectionConfig,
    pool: { min: 0, max: settings.poolMax, idleTimeoutMillis: 60_000, afterCreate: setTimeZone(settings.timeZone) },
    acquireConnectionTimeout: 10_000,
    // error messages must never hold SQL with values in it
    compileSqlOnError: false,
    // knex would write to the console what it also throws; logs are pino's
    log: { warn: silent, error: silent, deprecate: silent, debug: silent },
  } as Knex.Config);
  /** Lends a connection of knex' pool. */
  const withConnection = async <T>(work: (connection: PgConnection) => Promise<T>): Promise<T> => {
    let connection: PgConnection;
    try {
      connection = await db.client.acquireConnection();
    } catch (error) {
      throw toDatabaseError(error);
    }
    try {
      return await work(connection);
    } finally {
      await db.client.releaseConnection(connection);
    }
  };
  const query: Query = (sql, values, name) => withConnection((connection) => queryOn(connection)(sql, values, name));
  return {
    engine: 'pg',
    knex: db,
    query,
    oracle: NO_ORACLE,
    characterSet: async () => {
      const { rows } = await query<{ server_encoding: string }>('SHOW server_encoding');
      return toPostgresSet(rows[0]?.server_encoding ?? '?');
    },
    // not knex' transaction: that one builds a whole knex for each
    transaction: (work) =>
      withConnection(async (connection) => {
        try {
          await connection.query({ text: 'BEGIN' });
          const result = await work({ query: queryOn(connection), oracle: NO_ORACLE });
          await commit(connection);
          return result;
        } catch (error) {
          await rollBack(connection);
          throw error;
        }
      }),
    close: () => db.destroy(),
  };
};
