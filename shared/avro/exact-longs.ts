import type { Type, types } from 'avsc';

/**
 * Beyond this, avsc silently returns other numbers (-2^52 - 1 becomes 2^52), because it computes
 * with the doubled value. As milliseconds it is the year 144,683.
 */
const LIMIT = 2 ** 52;

const holdsLong = (type: Type): boolean =>
  type.typeName === 'long' ||
  (type.typeName.startsWith('union:') && (type as types.UnwrappedUnionType).types.some(holdsLong));

/** Returns the names of a record's fields that hold a long. */
export const longFieldsOf = (type: Type): readonly string[] =>
  (type as types.RecordType).fields.filter((field) => holdsLong(field.type)).map(({ name }) => name);

/** Returns the first of `fields` whose number is too large to be exact. */
export const findInexactLong = (record: unknown, fields: readonly string[]): string | undefined => {
  for (const field of fields) {
    const value = (record as Readonly<Record<string, unknown>>)[field];
    if (typeof value === 'number' && (value >= LIMIT || value <= -LIMIT)) return field;
  }
  return undefined;
};
