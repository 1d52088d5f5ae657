/** Type numbers of the wire (`oracledb/lib/thin/protocol/constants.js`, TNS_DATA_TYPE_…). */
export const ORACLE_TYPE = {
  varchar: 1,
  number: 2,
  binaryInteger: 3,
  long: 8,
  rowid: 11,
  date: 12,
  raw: 23,
  longRaw: 24,
  char: 96,
  binaryFloat: 100,
  binaryDouble: 101,
  cursor: 102,
  clob: 112,
  blob: 113,
  timestamp: 180,
  timestampTz: 181,
  intervalDs: 183,
  urowid: 208,
  timestampLtz: 231,
  boolean: 252,
} as const;

/** A column of a result, as described to the driver. */
export type OracleColumn = {
  readonly name: string;
  readonly type: number;
  /** In bytes. */
  readonly maxSize: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly nullable?: boolean;
  /** `TABLE.COLUMN`, where the query selects the bare column. */
  readonly origin?: string;
  /** In the national character set, AL16UTF16. */
  readonly national?: boolean;
};

/** The driver's declaration of one bind, or of one column that it requests in another type. */
export type BindType = {
  readonly type: number;
  readonly maxSize: number;
  readonly isArray: boolean;
  /** Its texts are in the national character set, UTF-16. */
  readonly national?: boolean;
};

/** A value between the wire and PostgreSQL: PostgreSQL's text, bytes, or null. */
export type Value = string | Buffer | null;

const CHARACTER_TYPES: ReadonlySet<number> = new Set([
  ORACLE_TYPE.varchar,
  ORACLE_TYPE.char,
  ORACLE_TYPE.long,
  ORACLE_TYPE.clob,
]);

export const isCharacterType = (type: number): boolean => CHARACTER_TYPES.has(type);
