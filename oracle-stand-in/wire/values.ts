import type { ByteReader } from './byte-reader';
import type { ByteWriter } from './byte-writer';
import {
  decodeOracleDatetime,
  decodeOracleInterval,
  encodeOracleDatetime,
  encodeOracleInterval,
} from './oracle-datetime';
import { decodeOracleNumber, encodeOracleNumber } from './oracle-number';
import { isCharacterType, ORACLE_TYPE, type Value } from './oracle-types';

const T = ORACLE_TYPE;
const NULL_BOOLEAN = 253;

/**
 * Converts IEEE bytes to or from Oracle's sortable form: the sign bit is flipped, negative numbers
 * are complemented.
 */
const sortable = (bytes: Buffer, decode: boolean): Buffer => {
  const negative = decode ? (bytes[0]! & 0x80) === 0 : (bytes[0]! & 0x80) !== 0;
  return Buffer.from(bytes.map((byte, at) => (negative ? byte ^ 255 : at === 0 ? byte ^ 0x80 : byte)));
};

const decodeFloat = (bytes: Buffer): string => {
  const plain = sortable(bytes, true);
  return String(plain.length === 8 ? plain.readDoubleBE() : plain.readFloatBE());
};

/** Converts to and from UTF-16 big-endian, the wire encoding of the national character set. */
export const toNationalBytes = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
export const fromNationalBytes = (bytes: Buffer): string => Buffer.from(bytes).swap16().toString('utf16le');

/** Reads one bound value of a declared type. `lob` returns the content of a locator. */
export const readValue = (
  reader: ByteReader,
  type: number,
  lob: (locator: Buffer) => Value,
  national = false,
): Value => {
  if (type === T.clob || type === T.blob) {
    const length = reader.ub();
    return length === 0 ? null : lob(reader.bytes() as Buffer);
  }
  if (type === T.boolean) {
    const length = reader.u8();
    const last = reader.raw(length === NULL_BOOLEAN ? 1 : length).at(-1);
    return length === NULL_BOOLEAN ? null : String(last);
  }
  const bytes = reader.bytes();
  if (bytes === null) return null;
  switch (type) {
    case T.number:
    case T.binaryInteger:
      return decodeOracleNumber(bytes);
    case T.date:
    case T.timestamp:
      return decodeOracleDatetime(bytes);
    case T.timestampTz:
    case T.timestampLtz:
      return `${decodeOracleDatetime(bytes)}+00`;
    case T.intervalDs:
      return decodeOracleInterval(bytes);
    case T.binaryDouble:
    case T.binaryFloat:
      return decodeFloat(bytes);
    case T.raw:
    case T.longRaw:
      return Buffer.from(bytes);
    default:
      return national ? fromNationalBytes(bytes) : bytes.toString();
  }
};

/** Decodes PostgreSQL's `\x…` notation of bytes. */
const toBytes = (value: string | Buffer): Buffer =>
  Buffer.isBuffer(value) ? value : value.startsWith('\\x') ? Buffer.from(value.slice(2), 'hex') : Buffer.from(value);

const encode = (type: number, value: string | Buffer): Buffer => {
  const text = value.toString();
  switch (type) {
    case T.number:
    case T.binaryInteger:
      return encodeOracleNumber(text);
    case T.date:
      return encodeOracleDatetime(text, 7);
    case T.timestamp:
    case T.timestampLtz:
      return encodeOracleDatetime(text, 11);
    case T.timestampTz:
      return encodeOracleDatetime(text, 13);
    case T.intervalDs:
      return encodeOracleInterval(text);
    case T.binaryDouble: {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleBE(Number(text));
      return sortable(bytes, false);
    }
    case T.raw:
    case T.longRaw:
      return toBytes(value);
    default:
      return Buffer.from(text);
  }
};

/** Writes a row's address: block and slot of PostgreSQL's `(block,slot)`. */
const writeRowid = (writer: ByteWriter, value: string | Buffer): void => {
  const [block = '0', slot = '0'] = value.toString().replace(/[()]/g, '').split(',');
  writer.u8(1).ub(1).ub(1).u8(0).ub(Number(block)).ub(Number(slot));
};

/** Writes one value of a result or an OUT bind. '' is NULL. */
export const writeValue = (writer: ByteWriter, type: number, value: Value, national = false): void => {
  if (value === null || value.length === 0) writer.u8(0);
  else if (national && isCharacterType(type)) writer.bytes(toNationalBytes(value.toString()));
  else if (type === T.rowid) writeRowid(writer, value);
  else writer.bytes(encode(type, value));
};
