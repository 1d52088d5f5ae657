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

/** A column of a result, as it is described to the driver. */
export type OracleColumn = {
  readonly name: string;
  readonly type: number;
  /** bytes */
  readonly maxSize: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly nullable?: boolean;
  /** `TABLE.COLUMN`, where it is one as it is */
  readonly origin?: string;
  /** in the national character set, AL16UTF16 */
  readonly national?: boolean;
};

/** How the driver declared one bind, or one column that it wants in another form. */
export type BindType = {
  readonly type: number;
  readonly maxSize: number;
  readonly isArray: boolean;
  /** its texts are in the national character set, UTF-16 */
  readonly national?: boolean;
};

/** A value on its way between the wire and PostgreSQL: PostgreSQL's text, bytes, or nothing. */
export type Value = string | Buffer | null;

const CHARACTER_TYPES: ReadonlySet<number> = new Set([
  ORACLE_TYPE.varchar,
  ORACLE_TYPE.char,
  ORACLE_TYPE.long,
  ORACLE_TYPE.clob,
]);

export const isCharacterType = (type: number): boolean => CHARACTER_TYPES.has(type);
