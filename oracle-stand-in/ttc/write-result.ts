import type { ByteWriter } from '../wire/byte-writer';
import { type BindType, isCharacterType, ORACLE_TYPE, type OracleColumn, type Value } from '../wire/oracle-types';
import { writeValue } from '../wire/values';
import { CHARSET_UTF8, CHARSET_UTF16, DIRECTION, FORM, MESSAGE } from './protocol';

const LOB_CHUNK = 8132;
const LONG_SIZE = 32_767;

const writeColumns = (writer: ByteWriter, columns: readonly OracleColumn[]): void => {
  writer.ub(LONG_SIZE).ub(columns.length);
  if (columns.length > 0) writer.u8(0);
  for (const [at, column] of columns.entries()) {
    writer
      .u8(column.type)
      .u8(0)
      .u8(column.precision ?? 0)
      .u8(column.scale ?? 0);
    writer
      .ub(column.maxSize)
      .ub(0)
      .ub(0)
      .ub(0)
      .ub(0)
      .ub(column.national ? CHARSET_UTF16 : CHARSET_UTF8);
    const form = column.national ? FORM.national : FORM.implicit;
    writer.u8(isCharacterType(column.type) ? form : 0).ub(column.maxSize);
    writer.u8(column.nullable === false ? 0 : 1).u8(0);
    writer.text(column.name).text('').text('');
    writer.ub(at + 1).ub(0);
  }
  writer.ub(0).ub(0).ub(0).ub(0).ub(0).ub(0);
};

/** Describes the columns of a result. */
export const writeDescription = (writer: ByteWriter, columns: readonly OracleColumn[]): void => {
  writer.u8(MESSAGE.describe).bytes(Buffer.alloc(16, 1));
  writeColumns(writer, columns);
};

/** Writes a REF CURSOR as the value of an OUT bind: its columns and its number. */
export const writeCursorValue = (writer: ByteWriter, columns: readonly OracleColumn[], cursorId: number): void => {
  writer.u8(1);
  writeColumns(writer, columns);
  writer.ub(cursorId);
};

type ToLocator = (value: string | Buffer, national?: boolean) => Buffer;

const writeLocator = (writer: ByteWriter, value: Value, toLocator: ToLocator, national: boolean): void => {
  if (value === null) {
    writer.ub(0);
    return;
  }
  const locator = toLocator(value, national);
  writer.ub(locator.length).ub(value.length).ub(LOB_CHUNK).bytes(locator);
};

/** Writes rows in the types of the columns, or in those that the client requested (`defines`). */
export const writeRows = (
  writer: ByteWriter,
  columns: readonly OracleColumn[],
  rows: readonly (readonly Value[])[],
  options: { readonly defines: readonly BindType[] | undefined; readonly toLocator: ToLocator },
): void => {
  writer.u8(MESSAGE.rowHeader).u8(0).ub(columns.length).ub(0).ub(rows.length).ub(0).ub(0).ub(0);
  const types = columns.map((column, at) => options.defines?.[at]?.type ?? column.type);
  for (const row of rows) {
    writer.u8(MESSAGE.rowData);
    for (const [at, type] of types.entries()) {
      const value = row[at] ?? null;
      const national = (options.defines?.[at] ?? columns[at])?.national === true;
      if (type === ORACLE_TYPE.clob || type === ORACLE_TYPE.blob)
        writeLocator(writer, value, options.toLocator, national);
      else writeValue(writer, type, value, national);
      if (type === ORACLE_TYPE.long || type === ORACLE_TYPE.longRaw) writer.sb(value === null ? -1 : 0).ub(0);
    }
  }
};

/** Writes the row count of each row of an array execution. */
export const writeRowCounts = (writer: ByteWriter, counts: readonly number[]): void => {
  writer.u8(MESSAGE.parameter).ub(0).ub(0).ub(0).ub(0).ub(counts.length);
  for (const count of counts) writer.ub(count);
};

/**
 * Writes one value and its indicator. A text that exceeds its bind is cut, and the indicator is its
 * true length.
 */
const writeFitted = (writer: ByteWriter, { type, maxSize }: BindType, value: Value): void => {
  const length = value === null || !isCharacterType(type) ? 0 : Buffer.byteLength(value);
  if (length <= maxSize) writeValue(writer, type, value);
  else writeValue(writer, type, Buffer.from(value as string).subarray(0, maxSize));
  writer.sb(length > maxSize ? length : 0);
};

/** Writes RETURNING … INTO: for each execution the values of each bind, one per changed row. */
export const writeReturned = (
  writer: ByteWriter,
  types: readonly BindType[],
  executions: readonly (readonly (readonly Value[])[])[],
): void => {
  for (const changed of executions) {
    writer.u8(MESSAGE.rowData);
    for (const [at, bind] of types.entries()) {
      writer.ub(changed.length);
      for (const row of changed) writeFitted(writer, bind, row[at] ?? null);
    }
  }
};

export type OutBind = {
  readonly direction: number;
  /** Writes the value without the indicator that follows it. */
  readonly write: (writer: ByteWriter) => void;
};

/** Writes the directions of a block's binds, then the values of the OUT binds. */
export const writeOutBinds = (writer: ByteWriter, binds: readonly OutBind[]): void => {
  writer.u8(MESSAGE.ioVector).u8(0);
  writer.ub(binds.length & 255).ub(binds.length >> 8);
  writer.ub(0).ub(0).ub(0).ub(0);
  for (const { direction } of binds) writer.u8(direction);
  const out = binds.filter(({ direction }) => direction !== DIRECTION.in);
  if (out.length === 0) return;
  writer.u8(MESSAGE.rowData);
  for (const bind of out) {
    bind.write(writer);
    writer.sb(0);
  }
};
