import type oracledb from 'oracledb';
import { BridgeError } from '../../errors';
import type { CharacterSet } from '../../sms/character-set';
import { toDatabaseError } from '../database-errors';
import { bindText, bindTexts, splitNamedTexts } from './oracle-texts';
import { type ManyResult, toManyResult } from './row-counts';

export type OracleDriver = typeof oracledb;

/** What a bound column holds. Times are Oracle TIMESTAMPs in UTC; bytes of a text are the server's. */
export type OracleColumn =
  | { readonly type: 'text'; readonly maxBytes: number }
  | { readonly type: 'number' }
  | { readonly type: 'time' };

/** `{ out: column }` is a bind that Oracle fills: OUT of a block, or RETURNING … INTO. */
export type OracleValue = string | number | boolean | Date | null | undefined | { readonly out: OracleColumn };
export type OracleValues = readonly OracleValue[] | Readonly<Record<string, OracleValue>>;

export type OracleResult<Row> = {
  /** by column name in lower case, as on PostgreSQL */
  readonly rows: Row[];
  readonly rowCount: number;
  /** OUT binds by name; of a DML statement's RETURNING, arrays */
  readonly out: Readonly<Record<string, unknown>>;
};

/** One row that the others did without. */
export type RowError = { readonly index: number; readonly error: Error };

type Rows = readonly (readonly (string | number | Date | null)[])[];

export type ExecuteOptions = {
  readonly maxRows?: number;
  /** the moment that a DATE or TIMESTAMP of the result means (it comes as if it were UTC); one with a time zone says it itself */
  readonly wallClock?: (date: Date) => Date;
};

export type OracleStatements = {
  /**
   * One statement with `:name` or `:1` binds. With `maxRows` that many rows are asked for and no more, in one round trip: FOR UPDATE SKIP LOCKED then
   * locks no other.
   */
  readonly execute: <Row = Record<string, unknown>>(
    sql: string,
    values?: OracleValues,
    options?: ExecuteOptions,
  ) => Promise<OracleResult<Row>>;
  /**
  /**
   * One statement for many rows, in one round trip; the columns' types and sizes are given, so that the server parses it once. A row that fails is thrown.
   * With `withinMs` the statement is ended after so long as one that waits for somebody's lock (DB_LOCKED): Oracle itself knows no such limit for DML. The
   * transaction is still open then, without this statement.
   * @throws BridgeError DB_ERROR, to be tried again, when the server's counts do not add up: before anything is committed
   */
  readonly executeMany: (
    sql: string,
    rows: Rows,
    columns: readonly OracleColumn[],
    options?: { readonly withinMs?: number },
  ) => Promise<ManyResult>;
  /**
   * As `executeMany`, but a row that fails does not stop its neighbours. Nothing is said of what they changed: a server before 23.6 counts 0 for all rows of a
   * MERGE behind the first that failed, though it changed them (oracle/node-oracledb#1686).
   * @returns the rows that failed
   */
  readonly executeEach: (sql: string, rows: Rows, columns: readonly OracleColumn[]) => Promise<readonly RowError[]>;
};

const FETCH_ROWS = 1000;
/** Digits of a number that JavaScript holds exactly. */
const EXACT_DIGITS = 15;

const unsupported = async (): Promise<never> => {
  throw new BridgeError('ENGINE_UNSUPPORTED', 'this is a PostgreSQL database: an Oracle statement cannot run on it');
};

/** What a PostgreSQL database has in the place of these. */
export const NO_ORACLE: OracleStatements = { execute: unsupported, executeMany: unsupported, executeEach: unsupported };

const bindType = (driver: OracleDriver, column: OracleColumn, size?: number) => {
  if (column.type === 'text') return { type: driver.DB_TYPE_VARCHAR, maxSize: size ?? column.maxBytes };
  return { type: column.type === 'number' ? driver.DB_TYPE_NUMBER : driver.DB_TYPE_TIMESTAMP };
};

type ToText = (text: string) => string | null;

/** By default a Date is bound WITH LOCAL TIME ZONE, which depends on the database; a boolean is not known to 19c's SQL. */
const toBind = (
  driver: OracleDriver,
  value: OracleValue,
  toText: ToText,
): oracledb.BindParameter | string | number | null => {
  if (typeof value === 'string') return toText(value);
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Date) return { val: value, type: driver.DB_TYPE_TIMESTAMP };
  if (typeof value === 'object') return { dir: driver.BIND_OUT, ...bindType(driver, value.out) };
  return value;
};

const toBinds = (driver: OracleDriver, values: OracleValues, toText: ToText): oracledb.BindParameters =>
  Array.isArray(values)
    ? values.map((value) => toBind(driver, value, toText) as oracledb.BindParameter)
    : (Object.fromEntries(
        Object.entries(values as Readonly<Record<string, OracleValue>>).map(([k, v]) => [k, toBind(driver, v, toText)]),
      ) as oracledb.BindParameters);

/** Numbers that JavaScript may not hold exactly come as text, as on PostgreSQL; CLOBs and NCLOBs come with their row. */
const fetchType =
  (driver: OracleDriver, wallClock: ExecuteOptions['wallClock']) =>
  (column: oracledb.Metadata<unknown>): oracledb.FetchTypeResponse | undefined => {
    if (
      wallClock !== undefined &&
      (column.dbType === driver.DB_TYPE_TIMESTAMP || column.dbType === driver.DB_TYPE_DATE)
    )
      return { converter: (value) => (value instanceof Date ? wallClock(value) : value) };
    if (column.dbType === driver.DB_TYPE_CLOB || column.dbType === driver.DB_TYPE_NCLOB) return { type: driver.STRING };
    const exact = column.precision !== undefined && column.precision > 0 && column.precision <= EXACT_DIGITS;
    return column.dbType === driver.DB_TYPE_NUMBER && !exact ? { type: driver.STRING } : undefined;
  };

const toRows = <Row>({ metaData = [], rows = [] }: oracledb.Result<unknown>): Row[] => {
  const names = metaData.map(({ name }) => name.toLowerCase());
  return (rows as unknown[][]).map((row) => {
    const named: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i += 1) named[names[i] as string] = row[i];
    return named as Row;
  });
};

/** Oracle makes code that does not compile too, and says so in a warning (ORA-24344); a trigger of that kind refuses every row. */
const compiledWithErrors = (sql: string): BridgeError => {
  const [, kind = 'code', name = '?'] =
    /\b(TRIGGER|PROCEDURE|FUNCTION|PACKAGE|TYPE|VIEW)\s+([\w.$#"]+)/i.exec(sql) ?? [];
  return new BridgeError(
    'DB_SCHEMA',
    `${kind} ${name} was made but does not compile; SELECT LINE, TEXT FROM USER_ERRORS says what is wrong with it [ORA-24344]`,
  );
};

type BatchError = oracledb.DBError & { readonly offset?: number | undefined };

/** In the order of the rows: a server may name them in any. */
const toRowErrors = (failed: readonly BatchError[]): readonly RowError[] =>
  failed
    .map((problem) => ({ index: problem.offset ?? 0, error: toDatabaseError(problem) }))
    .sort((a, b) => a.index - b.index);

/** Not committed with the statement: the counts are looked at first, and with rows that failed the driver would leave the others uncommitted. */
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
  const bindDefs = bound.columns.map((at, bind) => bindType(driver, columns[at] as OracleColumn, bound.sizes[bind]));
  return connection.executeMany(bound.sql, bound.rows as unknown as oracledb.BindParameters[], {
    bindDefs: bindDefs as oracledb.BindDefinition[],
    // also for who wants no errors: without it a statement that the driver knows already is sent in a form that does not ask for row counts
    batchErrors: true,
    dmlRowCounts: true,
  });
};

const unlimited = <T>(_connection: oracledb.Connection, _ms: number, call: () => Promise<T>): Promise<T> => call();

const CALL_TIMED_OUT = /^(NJS-123|ORA-01013)/;

/** Ends a call after so long, by a break; the limit that all others have is there again afterwards. */
const within = async <T>(connection: oracledb.Connection, ms: number, call: () => Promise<T>): Promise<T> => {
  const usual = connection.callTimeout;
  connection.callTimeout = usual !== undefined && usual > 0 ? Math.min(usual, ms) : ms;
  try {
    return await call();
  } catch (error) {
    if (!CALL_TIMED_OUT.test((error as Error).message)) throw error;
    throw new BridgeError('DB_LOCKED', `no answer within ${ms} ms: somebody else's lock, or a slow server [NJS-123]`, {
      retryable: true,
      cause: error,
    });
  } finally {
    connection.callTimeout = usual ?? 0;
  }
};

/**
 * Statements on one connection. Nothing is committed unless `autoCommit` says so, which costs no round trip of its own.
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
