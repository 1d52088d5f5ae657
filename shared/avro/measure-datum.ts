import { isUtf8 } from 'node:buffer';
import type { Type, types } from 'avsc';
import { BridgeError } from '../errors';

/**
 * Walks one datum and leaves `pos` after it. Never reads outside the bytes.
 * @throws BridgeError MALFORMED, naming the field
 */
export type Measure = (cursor: Cursor) => void;

export type Cursor = {
  readonly bytes: Buffer;
  pos: number;
  depth: number;
  /**
   * Items and nested types so far. They are limited, because some items take no bytes: a forged
   * count of eight bytes could loop for a year.
   */
  steps: number;
  field: string;
};

const MAX_DEPTH = 64;
const SPARE_STEPS = 1000;

const malformed = (cursor: Cursor, what: string): BridgeError =>
  new BridgeError('MALFORMED', `field ${cursor.field || '(none)'}, byte ${cursor.pos}: ${what}`);

/** Reads a zig-zag varint. Exact up to 2^53, enough for all that is compared with a length. */
const readVarint = (cursor: Cursor): number => {
  const { bytes } = cursor;
  const first = bytes[cursor.pos];
  if (first !== undefined && first < 0x80) {
    cursor.pos++;
    return (first >>> 1) ^ -(first & 1);
  }
  let unsigned = 0;
  let factor = 1;
  for (let count = 1; ; count++) {
    const byte = bytes[cursor.pos++];
    if (byte === undefined) throw malformed(cursor, 'the value ends here');
    if (count === 10 && byte > 1) throw malformed(cursor, 'number of more than 64 bits');
    unsigned += (byte & 0x7f) * factor;
    if (byte < 0x80) return unsigned % 2 ? -(unsigned + 1) / 2 : unsigned / 2;
    factor *= 128;
  }
};

const skip = (cursor: Cursor, length: number): void => {
  if (length < 0 || length > cursor.bytes.length - cursor.pos) throw malformed(cursor, 'length outside the value');
  cursor.pos += length;
};

const fixed =
  (size: number): Measure =>
  (cursor) =>
    skip(cursor, size);

const measureInt: Measure = (cursor) => {
  const value = readVarint(cursor);
  if (value !== (value | 0)) throw malformed(cursor, 'int of more than 32 bits');
};

const measureBoolean: Measure = (cursor) => {
  const byte = cursor.bytes[cursor.pos++];
  if (byte !== 0 && byte !== 1) throw malformed(cursor, 'boolean that is neither 0 nor 1');
};

const measureString: Measure = (cursor) => {
  const length = readVarint(cursor);
  const start = cursor.pos;
  skip(cursor, length);
  // Most strings are short ASCII: testing their bytes here is cheaper than calling isUtf8.
  const { bytes } = cursor;
  let ascii = start;
  while (ascii < cursor.pos && bytes[ascii]! < 0x80) ascii++;
  if (ascii < cursor.pos && !isUtf8(bytes.subarray(ascii, cursor.pos))) throw malformed(cursor, 'text is not UTF-8');
};

const branch = (cursor: Cursor, count: number): number => {
  const index = readVarint(cursor);
  if (!Number.isInteger(index) || index < 0 || index >= count) throw malformed(cursor, 'choice outside the schema');
  return index;
};

const nested = (cursor: Cursor, measure: Measure): void => {
  if (++cursor.depth > MAX_DEPTH) throw malformed(cursor, `nested deeper than ${MAX_DEPTH}`);
  if (++cursor.steps > cursor.bytes.length + SPARE_STEPS) throw malformed(cursor, 'more items than bytes');
  measure(cursor);
  cursor.depth--;
};

/**
 * Measures an array or a map: blocks of items. A negative count is followed by the block's size in
 * bytes, which must be correct.
 */
const blocks =
  (item: Measure): Measure =>
  (cursor) => {
    for (let count = readVarint(cursor); count !== 0; count = readVarint(cursor)) {
      const size = count < 0 ? readVarint(cursor) : undefined;
      const start = cursor.pos;
      for (let left = Math.abs(count); left > 0; left--) nested(cursor, item);
      if (size !== undefined && cursor.pos - start !== size) throw malformed(cursor, 'wrong block size');
    }
  };

const PRIMITIVES: Readonly<Record<string, Measure>> = {
  null: () => undefined,
  boolean: measureBoolean,
  int: measureInt,
  long: (cursor) => void readVarint(cursor),
  float: fixed(4),
  double: fixed(8),
  bytes: (cursor) => skip(cursor, readVarint(cursor)),
  string: measureString,
};

const measureRecord = (type: types.RecordType, known: Map<Type, Measure>): Measure => {
  const fields = type.fields.map(({ name, type: fieldType }) => ({ name, measure: build(fieldType, known) }));
  return (cursor) => {
    for (const { name, measure } of fields) {
      cursor.field = name;
      measure(cursor);
    }
  };
};

const build = (type: Type, known: Map<Type, Measure>): Measure => {
  const primitive = PRIMITIVES[type.typeName];
  if (primitive) return primitive;
  if (known.has(type)) return (cursor) => nested(cursor, known.get(type)!);
  // replaced below; a recursive schema looks it up only when it runs
  known.set(type, () => undefined);
  const measure = buildComplex(type, known);
  known.set(type, measure);
  return measure;
};

const buildComplex = (type: Type, known: Map<Type, Measure>): Measure => {
  switch (type.typeName) {
    case 'record':
      return measureRecord(type as types.RecordType, known);
    case 'enum': {
      const { length } = (type as types.EnumType).symbols;
      return (cursor) => void branch(cursor, length);
    }
    case 'fixed':
      return fixed((type as types.FixedType).size);
    case 'array':
      return blocks(build((type as types.ArrayType).itemsType, known));
    case 'map': {
      const value = build((type as types.MapType).valuesType, known);
      return blocks((cursor) => {
        measureString(cursor);
        value(cursor);
      });
    }
    default: {
      if (!type.typeName.startsWith('union:'))
        throw new BridgeError('SCHEMA_INVALID', `no support for ${type.typeName}`);
      const branches = (type as types.UnwrappedUnionType).types.map((branchType) => build(branchType, known));
      return (cursor) => branches[branch(cursor, branches.length)]!(cursor);
    }
  }
};

/**
 * Creates the strict check of a datum that must run before avsc reads it. Its time and memory are
 * bounded by the number of bytes.
 * avsc trusts its input: it loops over any block count, takes an int of 60 bits, replaces invalid
 * UTF-8 and reads 2 as true. Here such bytes are refused with a reason.
 */
export const createMeasure = (type: Type): Measure => build(type, new Map());
