import type oracledb from 'oracledb';
import { BridgeError } from '../errors';
import { toDatabaseError } from './database-errors';

export type OracleDriver = typeof oracledb;

/** What a bound column holds. Times are Oracle TIMESTAMPs in UTC. */
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

export type ManyResult = {
  readonly rowCount: number;
  /** how many rows each of the executions changed */
  readonly rowCounts: readonly number[];
  readonly rowErrors: readonly RowError[];
};

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
   * One statement for many rows, in one round trip; the columns' types and sizes are given, so that the server parses it once. With `keepGoing` a row
   * that fails does not stop its neighbours.
   */
  readonly executeMany: (
    sql: string,
    rows: readonly (readonly (string | number | Date | null)[])[],
    columns: readonly OracleColumn[],
    options?: { readonly keepGoing?: boolean },
  ) => Promise<ManyResult>;
};

const FETCH_ROWS = 1000;
/** Digits of a number that JavaScript holds exactly. */
const EXACT_DIGITS = 15;

const unsupported = async (): Promise<never> => {
  throw new BridgeError('ENGINE_UNSUPPORTED', 'this is a PostgreSQL database: an Oracle statement cannot run on it');
};

/** What a PostgreSQL database has in the place of these. */
export const NO_ORACLE: OracleStatements = { execute: unsupported, executeMany: unsupported };

const bindType = (driver: OracleDriver, column: OracleColumn) => {
  if (column.type === 'text') return { type: driver.DB_TYPE_VARCHAR, maxSize: column.maxBytes };
  return { type: column.type === 'number' ? driver.DB_TYPE_NUMBER : driver.DB_TYPE_TIMESTAMP };
};

/** By default a Date is bound WITH LOCAL TIME ZONE, which depends on the database; a boolean is not known to 19c's SQL. */
const toBind = (driver: OracleDriver, value: OracleValue): oracledb.BindParameter | string | number | null => {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Date) return { val: value, type: driver.DB_TYPE_TIMESTAMP };
  if (typeof value === 'object') return { dir: driver.BIND_OUT, ...bindType(driver, value.out) };
  return value;
};

const toBinds = (driver: OracleDriver, values: OracleValues): oracledb.BindParameters =>
  Array.isArray(values)
    ? values.map((value) => toBind(driver, value) as oracledb.BindParameter)
    : (Object.fromEntries(
        Object.entries(values as Readonly<Record<string, OracleValue>>).map(([k, v]) => [k, toBind(driver, v)]),
      ) as oracledb.BindParameters);

/** Numbers that JavaScript may not hold exactly come as text, as on PostgreSQL; CLOBs come with their row. */
const fetchType =
  (driver: OracleDriver, wallClock: ExecuteOptions['wallClock']) =>
  (column: oracledb.Metadata<unknown>): oracledb.FetchTypeResponse | undefined => {
    if (
      wallClock !== undefined &&
      (column.dbType === driver.DB_TYPE_TIMESTAMP || column.dbType === driver.DB_TYPE_DATE)
    )
      return { converter: (value) => (value instanceof Date ? wallClock(value) : value) };
    if (column.dbType === driver.DB_TYPE_CLOB) return { type: driver.STRING };
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

/**
 * Statements on one connection. Nothing is committed unless `autoCommit` says so, which costs no round trip of its own.
 * @throws BridgeError DB_…
 */
export const oracleOn = (
  driver: OracleDriver,
  connection: oracledb.Connection,
  autoCommit = false,
): OracleStatements => ({
  execute: async <Row>(sql: string, values: OracleValues = [], { maxRows, wallClock }: ExecuteOptions = {}) => {
    try {
      const result = await connection.execute(sql, toBinds(driver, values), {
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
  executeMany: async (sql, rows, columns, { keepGoing = false } = {}) => {
    if (rows.length === 0) return { rowCount: 0, rowCounts: [], rowErrors: [] };
    try {
      const result = await connection.executeMany(sql, rows as unknown as oracledb.BindParameters[], {
        // with rows that failed, the driver would leave the others uncommitted
        autoCommit: autoCommit && !keepGoing,
        bindDefs: columns.map((column) => bindType(driver, column)) as oracledb.BindDefinition[],
        // also for who does not keep going: without it a statement that the driver knows already is sent in a form that does not ask for row counts
        batchErrors: true,
        dmlRowCounts: true,
      });
      if (autoCommit && keepGoing) await connection.commit();
      const failed = (result.batchErrors ?? []) as readonly (oracledb.DBError & { readonly offset: number })[];
      if (!keepGoing && failed.length > 0) throw failed[0];
      return {
        rowCount: result.rowsAffected ?? 0,
        rowCounts: result.dmlRowCounts ?? [],
        rowErrors: failed.map((problem) => ({ index: problem.offset, error: toDatabaseError(problem) })),
      };
    } catch (error) {
      throw toDatabaseError(error);
    }
  },
});
