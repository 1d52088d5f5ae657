import type oracledb from 'oracledb';
import { BridgeError } from '../../errors';
import type { CharacterSet } from '../../sms/character-set';
import { toDatabaseError } from '../database-errors';
import {
  bindType,
  fetchType,
  type OracleColumn,
  type OracleDriver,
  type OracleValue,
  type OracleValues,
  toBinds,
  toRows,
} from './oracle-binds';
import { bindText, bindTexts, splitNamedTexts } from './oracle-texts';
import { type ManyResult, toManyResult } from './row-counts';

export type OracleResult<Row> = {
  /** Keyed by column name in lower case, as on PostgreSQL. */
  readonly rows: Row[];
  readonly rowCount: number;
  /** OUT binds by name. RETURNING of a DML statement gives arrays. */
  readonly out: Readonly<Record<string, unknown>>;
};

/** A row that failed while the others succeeded. */
export type RowError = { readonly index: number; readonly error: Error };

type Rows = readonly (readonly (string | number | Date | null)[])[];

export type ExecuteOptions = {
  readonly maxRows?: number;
  /**
   * Converts a DATE or TIMESTAMP of the result, which is read as if it were UTC, to the instant
   * that it means. Not applied to columns with a time zone.
   */
  readonly wallClock?: (date: Date) => Date;
};

export type OracleStatements = {
  /**
   * Runs one statement with `:name` or `:1` binds. `maxRows` limits the rows requested in its
   * single round trip, so that FOR UPDATE SKIP LOCKED locks no others.
   */
  readonly execute: <Row = Record<string, unknown>>(
    sql: string,
    values?: OracleValues,
    options?: ExecuteOptions,
  ) => Promise<OracleResult<Row>>;
  /**
   * Runs one statement for many rows in one round trip. Types and sizes of the columns are given,
   * so that the server parses it once. The first row that fails is thrown. `withinMs` ends the
   * statement after this time as one that waits for a lock (DB_LOCKED), because Oracle has no such
   * limit for DML. The transaction then remains open, without this statement.
   * @throws BridgeError DB_… of the first row that failed, or DB_ERROR (retryable) when the
   * server's counts do not add up; nothing is committed in either case
   */
  readonly executeMany: (
    sql: string,
    rows: Rows,
    columns: readonly OracleColumn[],
    options?: { readonly withinMs?: number },
  ) => Promise<ManyResult>;
  /**
   * Does the same as `executeMany`, but a failed row does not stop the others. Returns no row
   * counts: before 23.6 a server counts 0 for all rows of a MERGE after the first failed one,
   * although it changed them (oracle/node-oracledb#1686).
   * @returns the rows that failed
   */
  readonly executeEach: (sql: string, rows: Rows, columns: readonly OracleColumn[]) => Promise<readonly RowError[]>;
};

const FETCH_ROWS = 1000;

const unsupported = async (): Promise<never> => {
  throw new BridgeError('ENGINE_UNSUPPORTED', 'this is a PostgreSQL database: an Oracle statement cannot run on it');
};

/** The Oracle methods of a PostgreSQL database: each rejects with ENGINE_UNSUPPORTED. */
export const NO_ORACLE: OracleStatements = { execute: unsupported, executeMany: unsupported, executeEach: unsupported };

/**
 * Oracle stores code that does not compile, with only a warning (ORA-24344). A trigger in that
 * state refuses every row.
 */
const compiledWithErrors = (sql: string): BridgeError => {
  const [, kind = 'code', name = '?'] =
    /\b(TRIGGER|PROCEDURE|FUNCTION|PACKAGE|TYPE|VIEW)\s+([\w.$#"]+)/i.exec(sql) ?? [];
  return new BridgeError(
    'DB_SCHEMA',
    `${kind} ${name} was created but does not compile; SELECT LINE, TEXT FROM USER_ERRORS shows why [ORA-24344]`,
  );
};

type BatchError = oracledb.DBError & { readonly offset?: number | undefined };

/** Sorts the failures by row, because a server may report them in any order. */
const toRowErrors = (failed: readonly BatchError[]): readonly RowError[] =>
  failed
    .map((problem) => ({ index: problem.offset ?? 0, error: toDatabaseError(problem) }))
    .sort((a, b) => a.index - b.index);

/**
 * Executes without committing: the counts must be checked first, and the driver would not commit
 * when rows failed.
 */
const executeArray = (
  driver: OracleDriver,
  connection: oracledb.Connection,
  sql: string,
  rows: Rows,
  columns: readonly OracleColumn[],
  set: CharacterSet,
) => {
  const limits = columns.map((column) => (column.type === 'text' ? column.maxBytes : undefined));
  const bound = bindTexts(sql, rows, limits, set);
  const bindDefs = bound.columns.map((column, bind) =>
    bindType(driver, columns[column] as OracleColumn, bound.sizes[bind]),
  );
  return connection.executeMany(bound.sql, bound.rows as unknown as oracledb.BindParameters[], {
    bindDefs: bindDefs as oracledb.BindDefinition[],
    // Always on: without `batchErrors`, the driver re-executes a known statement in a form that
    // requests no row counts (oracledb 26.0.0).
    batchErrors: true,
    dmlRowCounts: true,
  });
};

const unlimited = <T>(_connection: oracledb.Connection, _ms: number, call: () => Promise<T>): Promise<T> => call();

const CALL_TIMED_OUT = /^(NJS-123|ORA-01013)/;

/** Interrupts a call after `ms`, then restores the usual time limit. */
const within = async <T>(connection: oracledb.Connection, ms: number, call: () => Promise<T>): Promise<T> => {
  const usual = connection.callTimeout;
  connection.callTimeout = usual !== undefined && usual > 0 ? Math.min(usual, ms) : ms;
  try {
    return await call();
  } catch (error) {
    if (!CALL_TIMED_OUT.test((error as Error).message)) throw error;
    throw new BridgeError(
      'DB_LOCKED',
      `no answer within ${ms} ms: the row is locked by another session, or the server is slow [NJS-123]`,
      {
        retryable: true,
        cause: error,
      },
    );
  } finally {
    connection.callTimeout = usual ?? 0;
  }
};

/**
 * Creates the statements of one connection. Nothing is committed unless `autoCommit` is set, which
 * costs no extra round trip in `execute`.
 * @throws BridgeError DB_…
 */
export const oracleOn = (
  driver: OracleDriver,
  connection: oracledb.Connection,
  set: CharacterSet,
  autoCommit = false,
): OracleStatements => ({
  execute: async <Row>(sql: string, values: OracleValues = [], { maxRows, wallClock }: ExecuteOptions = {}) => {
    try {
      const bound = Array.isArray(values)
        ? { sql, values: values as OracleValues }
        : splitNamedTexts(sql, values as Readonly<Record<string, OracleValue>>, set);
      const result = await connection.execute(bound.sql, toBinds(driver, bound.values, bindText(sql, set)), {
        autoCommit,
        outFormat: driver.OUT_FORMAT_ARRAY,
        maxRows: maxRows ?? 0,
        prefetchRows: maxRows ?? FETCH_ROWS,
        fetchArraySize: maxRows ?? FETCH_ROWS,
        fetchTypeHandler: fetchType(driver, wallClock),
      });
      if (result.warning !== undefined) throw compiledWithErrors(sql);
      const rows = toRows<Row>(result);
      const out = (result.outBinds ?? {}) as Record<string, unknown>;
      return { rows, rowCount: result.rowsAffected ?? rows.length, out };
    } catch (error) {
      throw toDatabaseError(error);
    }
  },
  executeMany: async (sql, rows, columns, { withinMs } = {}) => {
    if (rows.length === 0) return { rowCount: 0, rowCounts: [] };
    try {
      const run = withinMs === undefined ? unlimited : within;
      const result = await run(connection, withinMs ?? 0, () =>
        executeArray(driver, connection, sql, rows, columns, set),
      );
      const [failed] = toRowErrors(result.batchErrors ?? []);
      if (failed !== undefined) throw failed.error;
      const counts = toManyResult(sql, rows.length, result);
      if (autoCommit) await connection.commit();
      return counts;
    } catch (error) {
      throw toDatabaseError(error);
    }
  },
  executeEach: async (sql, rows, columns) => {
    if (rows.length === 0) return [];
    try {
      const { batchErrors = [] } = await executeArray(driver, connection, sql, rows, columns, set);
      if (autoCommit) await connection.commit();
      return toRowErrors(batchErrors);
    } catch (error) {
      throw toDatabaseError(error);
    }
  },
});
