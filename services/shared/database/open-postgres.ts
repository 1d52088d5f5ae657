import knex, { type Knex } from 'knex';
import { toDatabaseError } from './database-errors';
import type { Database, DatabaseSettings, Query } from './open-database';
import { NO_ORACLE } from './oracle-statements';

type PgConnection = {
  query: (config: {
    text: string;
    values: readonly unknown[];
    name?: string;
  }) => Promise<{ rows: never[]; rowCount: number | null }>;
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

const silent = (): void => undefined;

/** Opens PostgreSQL; nothing is connected until the first statement. */
export const openPostgres = (settings: DatabaseSettings): Database => {
  const db = knex({
    client: 'pg',
    connection: {
      connectionString: withPassword(settings),
      application_name: settings.applicationName,
      statement_timeout: settings.statementTimeoutMs,
      // a transaction whose process froze must not hold its locks for ever
      idle_in_transaction_session_timeout: settings.statementTimeoutMs,
      connectionTimeoutMillis: 5000,
      keepAlive: true,
      ...(settings.tls === undefined ? {} : { ssl: { rejectUnauthorized: true, ...settings.tls } }),
    } as Knex.PgConnectionConfig,
    pool: { min: 0, max: settings.poolMax, idleTimeoutMillis: 60_000 },
    acquireConnectionTimeout: 10_000,
    // error messages must never hold SQL with values in it
    compileSqlOnError: false,
    // knex would write to the console what it also throws; logs are pino's
    log: { warn: silent, error: silent, deprecate: silent, debug: silent },
  } as Knex.Config);
  const query: Query = async (sql, values, name) => {
    let connection: PgConnection;
    try {
      connection = await db.client.acquireConnection();
    } catch (error) {
      throw toDatabaseError(error);
    }
    try {
      return await queryOn(connection)(sql, values, name);
    } finally {
      await db.client.releaseConnection(connection);
    }
  };
  return {
    engine: 'pg',
    knex: db,
    query,
    oracle: NO_ORACLE,
    transaction: (work) =>
      db.transaction(async (trx) => {
        const own = await trx.client.acquireConnection();
        return work({ query: queryOn(own), oracle: NO_ORACLE });
      }),
    close: () => db.destroy(),
  };
};
