import { Type } from 'avsc';
import { messageOf } from '../errors';
import type { Result } from '../result';
import { failed, ok } from '../result';
import type { DecodeProblem } from './codec-port';
import { findInexactLong, longFieldsOf } from './exact-longs';
import type { SchemaJson } from './load-schemas';
import { createMeasure, type Measure } from './measure-datum';
import { schemaDifferences } from './schema-differences';
import { toCanonicalForm } from './schema-fingerprint';

/** A parsed schema. Logical types are ignored: times stay numbers. */
export type Schema = { readonly json: SchemaJson; readonly type: Type };

/** Parses a schema. Throws avsc's error when it is invalid. */
export const parseSchema = (json: SchemaJson): Schema => ({
  json,
  type: Type.forSchema(json as Parameters<typeof Type.forSchema>[0], { omitRecordMethods: true }),
});

/** Reads the datum that begins at `start` and must end where the value ends. Never throws. */
export type Reader = (value: Buffer, start: number) => Result<unknown, DecodeProblem>;

const malformed = (message: string): Result<never, DecodeProblem> => failed({ reason: 'MALFORMED', message });

const incompatible = (writer: Schema, reader: Schema, why: string): Result<never, DecodeProblem> =>
  failed({
    reason: 'INCOMPATIBLE_SCHEMA',
    message: `written with ${writer.type.name ?? writer.type.typeName}, which cannot be read as ${reader.type.name}: ${why}`,
  });

const read = (reader: Schema, measure: Measure, resolver: ReturnType<Type['createResolver']> | undefined): Reader => {
  const { type } = reader;
  const longFields = longFieldsOf(type);
  return (value, start) => {
    const cursor = { bytes: value, pos: start, depth: 0, steps: 0, field: '' };
    try {
      measure(cursor);
      if (cursor.pos !== value.length) return malformed(`${value.length - cursor.pos} bytes after the record`);
      const { value: record } = type.decode(value, start, resolver);
      const inexact = findInexactLong(record, longFields);
      return inexact === undefined ? ok(record) : malformed(`field ${inexact}: number beyond 2^52`);
    } catch (error) {
      return malformed(messageOf(error));
    }
  };
};

/**
 * Creates the reader for data of schema `writer` as records of schema `reader`, or tells why the
 * two are incompatible.
 */
export const createReader = (writer: Schema, reader: Schema): Result<Reader, DecodeProblem> => {
  // Many tools write schemas without logical types, so a missing one is accepted; a different one
  // changes the meaning of the numbers.
  const difference = schemaDifferences(writer.json, reader.json).find(({ unannotated }) => !unannotated);
  if (difference) {
    return incompatible(writer, reader, `${difference.path} is ${difference.writer}, not ${difference.reader}`);
  }
  const measure = createMeasure(writer.type);
  if (toCanonicalForm(writer.type) === toCanonicalForm(reader.type)) return ok(read(reader, measure, undefined));
  try {
    return ok(read(reader, measure, reader.type.createResolver(writer.type)));
  } catch (error) {
    return incompatible(writer, reader, messageOf(error));
  }
};
