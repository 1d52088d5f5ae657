import { createReader, parseSchema } from '../../shared/avro/create-reader';
import type { SchemaJson } from '../../shared/avro/load-schemas';
import { schemaDifferences } from '../../shared/avro/schema-differences';

type Json = { readonly [attribute: string]: unknown };

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns every record, enum and field of a schema by its path of names. */
const namedParts = (schema: unknown, path = ''): Map<string, Json> => {
  const parts = new Map<string, Json>();
  const addAll = (more: Map<string, Json>) => {
    for (const [key, value] of more) parts.set(key, value);
  };
  if (Array.isArray(schema)) for (const branch of schema) addAll(namedParts(branch, path));
  if (!isObject(schema)) return parts;
  // whether full names agree is checked by Avro's resolution
  if (typeof schema.name === 'string') parts.set(`${path}/${schema.name.replace(/^.*\./, '')}`, schema);
  for (const field of (schema.fields ?? []) as Json[]) {
    parts.set(`${path}.${field.name}`, field);
    addAll(namedParts(field.type, `${path}.${field.name}`));
  }
  for (const inner of [schema.items, schema.values, schema.type]) addAll(namedParts(inner, path));
  return parts;
};

/**
 * Returns changes that Avro's resolution accepts, but that change the meaning of published records.
 */
const lostPromises = (older: SchemaJson, newer: SchemaJson): string[] => {
  const after = namedParts(newer);
  return [...namedParts(older)].flatMap(([path, was]) => {
    const is = after.get(path);
    if (!is) return [`${path} is gone`];
    const lost = ((was.symbols ?? []) as string[]).filter(
      (symbol) => !((is.symbols ?? []) as string[]).includes(symbol),
    );
    const problems = lost.map((symbol) => `${path} lost the symbol ${symbol}`);
    if (JSON.stringify(was.default) !== JSON.stringify(is.default)) problems.push(`${path} has another default`);
    return problems;
  });
};

const unreadable = (writer: SchemaJson, reader: SchemaJson, direction: string): string[] => {
  const made = createReader(parseSchema(writer), parseSchema(reader));
  return made.ok ? [] : [`${direction}: ${made.problem.message}`];
};

const different = (writer: SchemaJson, reader: SchemaJson, direction: string): string[] =>
  schemaDifferences(writer, reader).map(
    ({ path, writer: was, reader: is }) => `${direction}: ${path} written as ${was}, read as ${is}`,
  );

/**
 * Returns the reasons why `newer` must not follow `older`; empty when it may. Checks both
 * directions: old records meet new readers, and new records old readers.
 */
export const releaseProblems = (older: SchemaJson, newer: SchemaJson): readonly string[] => [
  ...unreadable(older, newer, 'new reads old'),
  ...unreadable(newer, older, 'old reads new'),
  ...different(older, newer, 'new reads old'),
  ...different(newer, older, 'old reads new'),
  ...lostPromises(older, newer),
];

/** Returns the paths of schema elements without `doc`. */
export const undocumented = (schema: SchemaJson): readonly string[] =>
  [...namedParts(schema)].filter(([, part]) => typeof part.doc !== 'string' || part.doc === '').map(([path]) => path);
