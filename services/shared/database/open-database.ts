import knex, { type Knex } from 'knex';
import { toDatabaseError } from './database-errors';

export type Engine = 'pg' | 'oracledb';

export type DatabaseSettings = {
  readonly url: string;
  readonly password?: string;
  readonly applicationName: string;
  readonly poolMax: number;
  readonly statementTimeoutMs: number;
  readonly tls?: { readonly ca?: string };
};

export type QueryResult<Row> = { readonly rows: Row[]; readonly rowCount: number };

/** Runs one statement with `$1…` values; with a `name` the server keeps it prepared. @throws BridgeError DB_… */
export type Query = <Row = Record<string, unknown>>(
  sql: string,
  values?: readonly unknown[],
  name?: string,
) => Promise<QueryResult<Row>>;

export type Database = {
  readonly engine: Engine;
  readonly knex: Knex;
  /** One statement on a pooled connection, committed by itself. */
  readonly query: Query;
  readonly close: () => Promise<void>;
};

/** One implementation per engine, picked once: engines differ in data, in one place. */
export type PerEngine<T> = { readonly pg: T; readonly oracledb?: T };

/** @throws BridgeError ENGINE_UNSUPPORTED when the operation has no text for this engine. */
export const forEngine = <T>(engine: Engine, choices: PerEngine<T>): T => {
  const chosen = choices[engine];
  if (chosen === undefined) throw new Error(`no ${engine} implementation of this operation`);
  return chosen;
};

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

/** Opens a pool; nothing is connected until the first statement. The caller defers `close` on the next line. */
export const openDatabase = (settings: DatabaseSettings): Database => {
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
  return { engine: 'pg', knex: db, query, close: () => db.destroy() };
};
