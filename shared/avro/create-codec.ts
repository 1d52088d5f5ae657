import type { types } from 'avsc';
import { BridgeError, messageOf } from '../errors';
import type { Result } from '../result';
import { failed } from '../result';
import type { Codec, DecodeProblem } from './codec-port';
import { createReader, type Reader, type Schema } from './create-reader';
import { findInexactLong, longFieldsOf } from './exact-longs';
import { type Frame, parseFrame } from './framing';
import type { KnownSchemas } from './known-schemas';

const INITIAL_BYTES = 2048;

const EMPTY: DecodeProblem = { reason: 'EMPTY', message: 'the record has no value' };

type StringOwner = { readonly [field: string]: unknown };
/** Node 20 has these methods; TypeScript's es2023 library does not declare them yet. */
type WellFormed = string & { isWellFormed(): boolean; toWellFormed(): string };

/** Replaces lone surrogates, which avsc would write as UTF-8 that no reader accepts. */
const wellFormed = <T>(record: T, fields: readonly string[]): T => {
  let result = record;
  for (const field of fields) {
    const text = (record as StringOwner)[field];
    if (typeof text !== 'string' || (text as WellFormed).isWellFormed()) continue;
    result = { ...result, [field]: (text as WellFormed).toWellFormed() };
  }
  return result;
};

const encodeFailed = (schema: Schema, record: unknown, error: unknown, longFields: readonly string[]): BridgeError => {
  let field = findInexactLong(record, longFields);
  schema.type.isValid(record, {
    errorHook: (path) => {
      field ??= path.join('.');
    },
  });
  const where = field === undefined ? messageOf(error) : `bad value in field ${field || '(the record itself)'}`;
  return new BridgeError('ENCODE_FAILED', `${schema.type.name}: ${where}`, { cause: error });
};

const createEncode = <T>(schema: Schema, header: Buffer, maxBytes: number) => {
  const fields = (schema.type as types.RecordType).fields.map(({ name }) => name);
  // Encoding is synchronous, so one scratch buffer serves all records; callers get an exact-size
  // copy.
  let scratch = Buffer.alloc(INITIAL_BYTES);
  header.copy(scratch);
  const longFields = longFieldsOf(schema.type);
  const write = (record: T): number => {
    if (findInexactLong(record, longFields) !== undefined) throw new RangeError('number beyond 2^52');
    const end = schema.type.encode(record, scratch, header.length);
    if (end >= 0) return end;
    const needed = scratch.length - end; // a negative end is the number of missing bytes
    if (needed > maxBytes) return needed;
    scratch = Buffer.alloc(Math.min(maxBytes, needed * 2));
    header.copy(scratch);
    return schema.type.encode(record, scratch, header.length);
  };
  return (record: T): Buffer => {
    let end: number;
    try {
      end = write(wellFormed(record, fields));
    } catch (error) {
      throw encodeFailed(schema, record, error, longFields);
    }
    if (end > maxBytes) {
      throw new BridgeError('ENCODE_FAILED', `${schema.type.name}: ${end} bytes, over the limit of ${maxBytes}`);
    }
    return Buffer.from(scratch.subarray(0, end));
  };
};

const createDecode = (schema: Schema, known: KnownSchemas, maxBytes: number) => {
  const readers = new WeakMap<Schema, Result<Reader, DecodeProblem>>();
  const readerOf = (frame: Frame): Result<Reader, DecodeProblem> => {
    const writer = known.find(frame);
    if (!writer.ok) return writer;
    let reader = readers.get(writer.value);
    if (!reader) {
      reader = createReader(writer.value, schema);
      readers.set(writer.value, reader);
    }
    return reader;
  };
  return (value: Buffer | null): Result<unknown, DecodeProblem> => {
    if (value === null || value.length === 0) return failed(EMPTY);
    if (value.length > maxBytes) {
      return failed({ reason: 'TOO_LARGE', message: `${value.length} bytes, over the limit of ${maxBytes}` });
    }
    const frame = parseFrame(value);
    if (!frame.ok) return frame;
    const reader = readerOf(frame.value);
    return reader.ok ? reader.value(value, frame.value.start) : reader;
  };
};

/**
 * Creates the codec of one record type. It writes with `schema` after `header`, and reads every
 * schema that `known` finds.
 */
export const createCodec = <T>(
  schema: Schema,
  header: Buffer,
  known: KnownSchemas,
  options: { readonly maxBytes: number },
): Codec<T> => ({
  encode: createEncode<T>(schema, header, options.maxBytes),
  prefetchSchemas: known.prefetchSchemas,
  isKnown: known.isKnown,
  decode: createDecode(schema, known, options.maxBytes) as Codec<T>['decode'],
});
