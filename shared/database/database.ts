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
  /** PostgreSQL: how long a statement waits for somebody's lock (DB_LOCKED after that); without it, until its own time limit */
  readonly lockTimeoutMs?: number;
  readonly tls?: TlsSettings;
  /** PostgreSQL: whose clock columns without a time zone are of, as its TimeZone takes it; UTC if it is not said */
  readonly timeZone?: string;
  /** Oracle: a descriptor, an Easy Connect string or a TNS alias, instead of what the URL names */
  readonly oracleConnectString?: string;
  /** Oracle: the directory of tnsnames.ora */
  readonly oracleConfigDir?: string;
  /** Oracle: statements that a session keeps open */
  readonly oracleStatementCache?: number;
};

export type QueryResult<Row> = { readonly rows: Row[]; readonly rowCount: number };

/** Runs one statement with `$1…` values; with a `name` the server keeps it prepared. @throws BridgeError DB_… */
export type Query = <Row = Record<string, unknown>>(
  sql: string,
  values?: readonly unknown[],
  name?: string,
) => Promise<QueryResult<Row>>;

/**
 * Statements, in both languages. Those of a Database run on a pooled connection and are committed by themselves, those of a transaction on its connection.
 * The one that is not the engine's rejects with ENGINE_UNSUPPORTED; statements pick theirs by `PerEngine`.
 */
export type Tx = { readonly query: Query; readonly oracle: OracleStatements };

export type Database = Tx & {
  readonly engine: Engine;
  readonly knex: Knex;
  /** What texts it can hold; asked once. @throws BridgeError DB_SETTINGS for a set in which texts would be changed, DB_… */
  readonly characterSet: () => Promise<CharacterSet>;
  /** `inTransaction` is what to call. */
  readonly transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};

/** One implementation per engine, picked once: engines differ in data, in one place. */
export type PerEngine<T> = { readonly pg: T; readonly oracledb?: T };

/** @throws BridgeError ENGINE_UNSUPPORTED when the operation has no text for this engine. */
export const forEngine = <T>(engine: Engine, choices: PerEngine<T>): T => {
  const chosen = choices[engine];
  if (chosen === undefined) {
    throw new BridgeError('ENGINE_UNSUPPORTED', `this does not run on ${engine} yet: docs/oracle.md says what does`);
  }
  return chosen;
};
