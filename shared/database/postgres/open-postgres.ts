import knex, { type Knex } from 'knex';
import { BridgeError } from '../../errors';
import type { Database, DatabaseSettings, Query } from '../database';
import { toDatabaseError } from '../database-errors';
import { NO_ORACLE } from '../oracle/oracle-statements';
import { toPostgresSet } from '../read-character-set';
import { discardConnection, lendConnection } from './knex-pool';

type PgConnection = {
  query: (config: {
    text: string;
    values?: readonly unknown[];
    name?: string;
  }) => Promise<{ rows: never[]; rowCount: number | null; command: string }>;
};

/**
 * Creates a Query on one driver connection. Hot statements bypass knex: its query builder costs
 * time, and its error messages contain SQL.
 */
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
const commit = async (connection: PgConnection): Promise<void> => {
  const { command } = await connection.query({ text: 'COMMIT' });
  if (command !== 'COMMIT')
    throw new BridgeError('DB_ROLLED_BACK', 'a failed statement was ignored: nothing was committed');
};

/**
 * Rolls back. If that fails, the connection is never lent again; its session ends, which undoes the
 * uncommitted work.
 */
const rollBack = async (connection: PgConnection): Promise<void> => {
  try {
    await connection.query({ text: 'ROLLBACK' });
  } catch (error) {
    discardConnection(connection, error);
  }
};

/**
 * Sets the session's time zone. The bridge's columns have a time zone; the province's may have
 * none, and are in its zone. Zones set for the account or the server are ignored, because they
 * serve other clients.
 */
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

/** Creates the PostgreSQL pool. Connects only at the first statement. */
export const openPostgres = (settings: DatabaseSettings): Database => {
  const db = knex({
    client: 'pg',
    connection: {
      connectionString: withPassword(settings),
      application_name: settings.applicationName,
      statement_timeout: settings.statementTimeoutMs,
      ...(settings.lockTimeoutMs === undefined ? {} : { lock_timeout: settings.lockTimeoutMs }),
      // Otherwise the transaction of a frozen process would hold its locks forever.
      idle_in_transaction_session_timeout: settings.statementTimeoutMs,
      connectionTimeoutMillis: 5000,
      keepAlive: true,
      ...(settings.tls === undefined ? {} : { ssl: { rejectUnauthorized: true, ...settings.tls } }),
    } as Knex.PgConnectionConfig,
    pool: { min: 0, max: settings.poolMax, idleTimeoutMillis: 60_000, afterCreate: setTimeZone(settings.timeZone) },
    acquireConnectionTimeout: 10_000,
    // Error messages must never contain SQL with values.
    compileSqlOnError: false,
    // knex would print to the console what it also throws; the bridge logs with pino.
    log: { warn: silent, error: silent, deprecate: silent, debug: silent },
  } as Knex.Config);
  const withConnection = <T>(work: (connection: PgConnection) => Promise<T>): Promise<T> => lendConnection(db, work);
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
