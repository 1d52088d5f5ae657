import type oracledb from 'oracledb';

export type OracleDriver = typeof oracledb;

/** Type of a bound column. Times are TIMESTAMPs in UTC. Bytes of texts are the server's. */
export type OracleColumn =
  | { readonly type: 'text'; readonly maxBytes: number }
  | { readonly type: 'number' }
  | { readonly type: 'time' };

/** `{ out: column }` is a bind that Oracle fills: OUT of a block, or RETURNING … INTO. */
export type OracleValue = string | number | boolean | Date | null | undefined | { readonly out: OracleColumn };
export type OracleValues = readonly OracleValue[] | Readonly<Record<string, OracleValue>>;

/** Number of digits that JavaScript holds exactly. */
const EXACT_DIGITS = 15;

export const bindType = (driver: OracleDriver, column: OracleColumn, size?: number) => {
  if (column.type === 'text') return { type: driver.DB_TYPE_VARCHAR, maxSize: size ?? column.maxBytes };
  return { type: column.type === 'number' ? driver.DB_TYPE_NUMBER : driver.DB_TYPE_TIMESTAMP };
};

export type ToText = (text: string) => string | null;

/**
 * Binds a Date as TIMESTAMP, because the driver's default WITH LOCAL TIME ZONE depends on the
 * database. Binds a boolean as 1 or 0, because SQL of 19c has no booleans.
 */
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

export const toBinds = (driver: OracleDriver, values: OracleValues, toText: ToText): oracledb.BindParameters =>
  Array.isArray(values)
    ? values.map((value) => toBind(driver, value, toText) as oracledb.BindParameter)
    : (Object.fromEntries(
        Object.entries(values as Readonly<Record<string, OracleValue>>).map(([k, v]) => [k, toBind(driver, v, toText)]),
      ) as oracledb.BindParameters);

/**
 * Fetches numbers that JavaScript may not hold exactly as text, as on PostgreSQL. Fetches CLOBs and
 * NCLOBs with their row.
 */
export const fetchType =
  (driver: OracleDriver, wallClock: ((date: Date) => Date) | undefined) =>
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

export const toRows = <Row>({ metaData = [], rows = [] }: oracledb.Result<unknown>): Row[] => {
  const names = metaData.map(({ name }) => name.toLowerCase());
  return (rows as unknown[][]).map((row) => {
    const named: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i += 1) named[names[i] as string] = row[i];
    return named as Row;
  });
};
