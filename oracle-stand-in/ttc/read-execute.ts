import type { ByteReader } from '../wire/byte-reader';
import { type BindType, ORACLE_TYPE, type Value } from '../wire/oracle-types';
import { readValue } from '../wire/values';
import { FORM, MESSAGE, OPTION } from './protocol';

const BIND_ARRAY = 0x40;
const LONG_FROM = 32_767;

/** A full execute: statement or cursor, options, binds or defines, but not its rows. */
export type ExecuteMessage = {
  readonly sql: string | undefined;
  readonly cursorId: number;
  readonly options: number;
  /** Rows requested with the answer. */
  readonly fetchRows: number;
  /**
   * Rows requested of a REF CURSOR that a block has opened. The client sets no fetch flag when it
   * requests LOBs.
   */
  readonly referenceRows: number;
  readonly executions: number;
  readonly rowCounts: boolean;
  readonly binds: readonly BindType[] | undefined;
  readonly defines: readonly BindType[] | undefined;
};

const readTypes = (reader: ByteReader, count: number): BindType[] => {
  const types: BindType[] = [];
  for (let at = 0; at < count; at += 1) {
    const type = reader.u8();
    const flags = reader.u8();
    reader.skip('u8', 'u8');
    const maxSize = reader.ub();
    reader.skip('ub', 'ub');
    if (reader.ub() > 0) reader.bytes();
    reader.skip('ub', 'ub');
    const form = reader.u8();
    reader.ub();
    types.push({
      type,
      maxSize,
      isArray: (flags & BIND_ARRAY) !== 0,
      ...(form === FORM.national ? { national: true } : {}),
    });
  }
  return types;
};

/** Reads the fields of `oracledb/lib/thin/protocol/messages/execute.js`, version 12.1. */
export const readExecute = (reader: ByteReader): ExecuteMessage => {
  const options = reader.ub();
  const cursorId = reader.ub();
  reader.u8();
  const sqlLength = reader.ub();
  reader.skip('u8', 'ub', 'u8', 'u8', 'u8');
  const iterations = reader.ub();
  reader.ub();
  const hasBinds = reader.u8() === 1;
  const bindCount = reader.ub();
  reader.skip('u8', 'u8', 'u8', 'u8', 'u8');
  const hasDefines = reader.u8() === 1;
  const defineCount = reader.ub();
  reader.skip('ub', 'u8', 'u8', 'u8', 'ub', 'u8', 'ub', 'ub');
  const rowCounts = reader.u8() === 1;
  reader.skip('ub', 'u8');
  const sql = sqlLength > 0 ? reader.text() : undefined;
  const vector = Array.from({ length: 13 }, () => reader.ub());
  const defines = hasDefines ? readTypes(reader, defineCount) : undefined;
  const binds = hasBinds ? readTypes(reader, bindCount) : undefined;
  return {
    sql,
    cursorId,
    options,
    fetchRows: options & OPTION.fetch ? iterations : 0,
    referenceRows: iterations,
    executions: vector[1] ?? 0,
    rowCounts,
    binds,
    defines,
  };
};

/** Reads the repetition of a cursor, which keeps its types. */
export const readReexecute = (reader: ByteReader) => {
  const cursorId = reader.ub();
  const count = reader.ub();
  reader.ub();
  return { cursorId, count, commit: (reader.ub() & 1) !== 0 };
};

export const readFetch = (reader: ByteReader) => ({ cursorId: reader.ub(), count: reader.ub() });

/** Position of a statement's binds in a row of data. */
export type RowLayout = {
  readonly binds: readonly BindType[];
  /** Positions of binds that are not sent: RETURNING … INTO, and OUT binds of a repetition. */
  readonly notSent: ReadonlySet<number>;
  readonly isPlsql: boolean;
  readonly lob: (locator: Buffer) => Value;
};

/** One bound value, or an array of values (a PL/SQL index-by table). */
export type Bound = Value | readonly Value[];

const readBound = (reader: ByteReader, bind: BindType, layout: RowLayout): Bound => {
  if (bind.type === ORACLE_TYPE.cursor) {
    // A REF CURSOR to be opened: the driver sends the cursor's number, 0 for a new one.
    if (reader.u8() > 0) reader.u8();
    return null;
  }
  const read = (): Value => readValue(reader, bind.type, layout.lob, bind.national);
  return bind.isArray ? Array.from({ length: reader.ub() }, read) : read();
};

/** Reads the bound rows after an execute. Values that may be long come last in their row. */
export const readBindRows = (reader: ByteReader, layout: RowLayout, executions: number): Bound[][] => {
  const sent = layout.binds.map((bind, at) => ({ bind, at })).filter(({ at }) => !layout.notSent.has(at));
  const isLong = ({ bind }: { bind: BindType }): boolean => !layout.isPlsql && bind.maxSize > LONG_FROM;
  const order = [...sent.filter((entry) => !isLong(entry)), ...sent.filter(isLong)];
  if (order.length === 0) return Array.from({ length: executions }, () => layout.binds.map(() => null));
  const rows: Bound[][] = [];
  while (rows.length < executions) {
    const kind = reader.u8();
    if (kind !== MESSAGE.rowData) throw new Error(`row data expected, message part ${kind} came`);
    const row: Bound[] = layout.binds.map(() => null);
    for (const { bind, at } of order) row[at] = readBound(reader, bind, layout);
    rows.push(row);
  }
  return rows;
};
