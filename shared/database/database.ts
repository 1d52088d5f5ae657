import type { Knex } from 'knex';
import { BridgeError } from '../errors';
import type { CharacterSet } from '../sms/character-set';
import type { TlsSettings } from '../tls/read-pem';
import type { OracleStatements } from './oracle/oracle-statements';

export type Engine = 'pg' | 'oracledb';

export type DatabaseSettings = {
  readonly url: string;
  readonly password?: string;
  readonly applicationName: string;
  readonly poolMax: number;
  readonly statementTimeoutMs: number;
  /**
   * PostgreSQL: how long a statement waits for a lock before it fails with DB_LOCKED. Absent: until
   * the statement's own time limit.
   */
  readonly lockTimeoutMs?: number;
  readonly tls?: TlsSettings;
  /** PostgreSQL: the zone of columns that have none, as its TimeZone takes it; default UTC. */
  readonly timeZone?: string;
  /** Oracle: descriptor, Easy Connect string or TNS alias that replaces the URL's address. */
  readonly oracleConnectString?: string;
  /** Oracle: the directory of tnsnames.ora. */
  readonly oracleConfigDir?: string;
  /**
   * Oracle: limit of one call, if shorter than `statementTimeoutMs`. Oracle cannot limit the wait
   * for a lock alone.
   */
  readonly oracleCallTimeoutMs?: number;
  /** Oracle: number of statements that a session keeps open. */
  readonly oracleStatementCache?: number;
};

export type QueryResult<Row> = { readonly rows: Row[]; readonly rowCount: number };

/**
 * Runs one statement with values for `$1…`. With a `name`, the server keeps it prepared.
 * @throws BridgeError DB_…
 */
export type Query = <Row = Record<string, unknown>>(
  sql: string,
  values?: readonly unknown[],
  name?: string,
) => Promise<QueryResult<Row>>;

/**
 * Statements of both engines. Those of a Database run on a pooled connection and commit at once;
 * those of a transaction run on its connection. The other engine's method rejects with
 * ENGINE_UNSUPPORTED; callers choose by `PerEngine`.
 */
export type Tx = { readonly query: Query; readonly oracle: OracleStatements };

export type Database = Tx & {
  readonly engine: Engine;
  readonly knex: Knex;
  /**
   * Returns the set of characters that texts may have.
   * @throws BridgeError DB_SETTINGS for a set in which texts would be changed, DB_…
   */
  readonly characterSet: () => Promise<CharacterSet>;
  /** Call `inTransaction` instead. */
  readonly transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};

/** One implementation per engine. Engines differ in data, in one place. */
export type PerEngine<T> = { readonly pg: T; readonly oracledb?: T };

/**
 * Returns the implementation for the engine.
 * @throws BridgeError ENGINE_UNSUPPORTED when there is none
 */
export const forEngine = <T>(engine: Engine, choices: PerEngine<T>): T => {
  const chosen = choices[engine];
  if (chosen === undefined) {
    throw new BridgeError(
      'ENGINE_UNSUPPORTED',
      `this does not run on ${engine} yet: docs/oracle/README.md lists what does`,
    );
  }
  return chosen;
};
