import type { Type, types } from 'avsc';

/**
 * avsc computes with twice the number, so beyond this it gives other numbers without a word (-2^52 - 1 comes back as
 * 2^52). In milliseconds it is the year 144,683.
 */
const LIMIT = 2 ** 52;

const holdsLong = (type: Type): boolean =>
  type.typeName === 'long' ||
  (type.typeName.startsWith('union:') && (type as types.UnwrappedUnionType).types.some(holdsLong));

/** Names of a record's fields that hold a long. */
export const longFieldsOf = (type: Type): readonly string[] =>
  (type as types.RecordType).fields.filter((field) => holdsLong(field.type)).map(({ name }) => name);

/** The first of `fields` whose number is too large to be exact. */
export const findInexactLong = (record: unknown, fields: readonly string[]): string | undefined => {
  for (const field of fields) {
    const value = (record as Readonly<Record<string, unknown>>)[field];
    if (typeof value === 'number' && (value >= LIMIT || value <= -LIMIT)) return field;
  }
  return undefined;
};
