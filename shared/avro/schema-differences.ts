import type { SchemaJson } from './load-schemas';

/** A place where two schemas differ in meaning although Avro's schema resolution accepts them. */
export type SchemaDifference = {
  readonly path: string;
  /** Base type, logical type, precision and scale there, e.g. `long timestamp-millis`. */
  readonly writer: string;
  readonly reader: string;
  /**
   * True when one side has no logical type: an oversight in a release, harmless in a schema that a
   * publisher's tool wrote.
   */
  readonly unannotated: boolean;
};

type Attributes = { readonly [attribute: string]: unknown };
type Named = ReadonlyMap<string, Attributes>;

const isObject = (schema: unknown): schema is Attributes =>
  typeof schema === 'object' && schema !== null && !Array.isArray(schema);

const NAMED = new Set(['record', 'error', 'enum', 'fixed']);

const qualify = (name: unknown, namespace: unknown): string =>
  String(name).includes('.') || !namespace ? String(name) : `${namespace}.${name}`;

const namespaceOf = (schema: Attributes, outer: string): string => {
  const name = String(schema.name);
  if (name.includes('.')) return name.slice(0, name.lastIndexOf('.'));
  return schema.namespace === undefined ? outer : String(schema.namespace);
};

/** Replaces references to named types by full names, and collects those types in `named`. */
const index = (schema: unknown, namespace: string, named: Map<string, Attributes>): unknown => {
  if (Array.isArray(schema)) return schema.map((branch) => index(branch, namespace, named));
  if (typeof schema === 'string') {
    const full = qualify(schema, namespace);
    return named.get(full) ? { type: full } : { type: schema };
  }
  if (!isObject(schema)) return { type: String(schema) };
  if (isObject(schema.type) || Array.isArray(schema.type)) return index(schema.type, namespace, named);
  if (NAMED.has(String(schema.type))) {
    const inner = namespaceOf(schema, namespace);
    const full = qualify(schema.name, inner);
    const copy: Record<string, unknown> = { ...schema, name: full };
    named.set(full, copy);
    if (Array.isArray(schema.fields)) {
      copy.fields = schema.fields.map((field) => ({ ...field, type: index(field.type, inner, named) }));
    }
    return { type: full };
  }
  if (schema.type === 'array') return { ...schema, items: index(schema.items, namespace, named) };
  if (schema.type === 'map') return { ...schema, values: index(schema.values, namespace, named) };
  const full = qualify(schema.type, namespace);
  return named.has(full) ? { type: full } : schema;
};

const lookUp = (schema: unknown, named: Named): Attributes =>
  isObject(schema) ? (named.get(String(schema.type)) ?? schema) : {};

const NUMBERS = new Set(['int', 'long', 'float', 'double']);

/**
 * Returns the base type. Types with different bases must not replace each other in our records,
 * although Avro resolves string to bytes and back.
 */
const baseOf = (type: unknown): string => (NUMBERS.has(String(type)) ? 'number' : String(type));

const describe = (schema: Attributes): string =>
  [
    baseOf(schema.type) === 'number' && schema.logicalType === undefined ? 'number' : schema.type,
    schema.logicalType,
    schema.precision === undefined ? undefined : `precision ${schema.precision}`,
    // Scale defaults to 0 (Avro specification, "Decimal").
    schema.logicalType === 'decimal' ? `scale ${schema.scale ?? 0}` : undefined,
  ]
    .filter((word) => word !== undefined)
    .join(' ');

type Side = { readonly named: Named };
type Walk = { readonly writer: Side; readonly reader: Side; readonly seen: Set<string> };

const branchesOf = (schema: unknown): readonly unknown[] => (Array.isArray(schema) ? schema : [schema]);

const compareFields = (path: string, writer: Attributes, reader: Attributes, walk: Walk): SchemaDifference[] => {
  const written = new Map(((writer.fields ?? []) as Attributes[]).map((field) => [field.name, field]));
  return ((reader.fields ?? []) as Attributes[]).flatMap((field) => {
    const names = [field.name, ...((field.aliases ?? []) as unknown[])];
    const match = names.map((name) => written.get(name)).find((found) => found !== undefined);
    return match ? compare(`${path}.${field.name}`, match.type, field.type, walk) : [];
  });
};

const compareOne = (path: string, left: unknown, right: unknown, walk: Walk): SchemaDifference[] => {
  const writer = lookUp(left, walk.writer.named);
  const reader = lookUp(right, walk.reader.named);
  if (writer.type === 'record' && reader.type === 'record') {
    const pair = `${writer.name} ${reader.name}`;
    if (walk.seen.has(pair)) return [];
    walk.seen.add(pair);
    return compareFields(path, writer, reader, walk);
  }
  if (writer.type === 'array' && reader.type === 'array') {
    return compare(`${path}[]`, writer.items, reader.items, walk);
  }
  if (writer.type === 'map' && reader.type === 'map') return compare(`${path}{}`, writer.values, reader.values, walk);
  const [was, is] = [describe(writer), describe(reader)];
  if (was === is) return [];
  const sameBase = baseOf(writer.type) === baseOf(reader.type);
  const unannotated = sameBase && (writer.logicalType === undefined || reader.logicalType === undefined);
  return [{ path, writer: was, reader: is, unannotated }];
};

/** Compares unions: each branch of the writer must mean the same as one of the reader. */
const compare = (path: string, left: unknown, right: unknown, walk: Walk): SchemaDifference[] =>
  branchesOf(left).flatMap((branch) => {
    const isNull = lookUp(branch, walk.writer.named).type === 'null';
    const candidates = branchesOf(right).filter(
      (candidate) => (lookUp(candidate, walk.reader.named).type === 'null') === isNull,
    );
    const outcomes = candidates.map((candidate) => compareOne(path, branch, candidate, walk));
    return outcomes.find((differences) => differences.length === 0) ?? outcomes[0] ?? [];
  });

/**
 * Finds differences in meaning that avsc's resolver ignores: logical types, precision, scale,
 * string against bytes. Pure. Does not check whether the schemas resolve at all: avsc does.
 */
export const schemaDifferences = (writer: SchemaJson, reader: SchemaJson): readonly SchemaDifference[] => {
  const writerNamed = new Map<string, Attributes>();
  const readerNamed = new Map<string, Attributes>();
  const left = index(writer, '', writerNamed);
  const right = index(reader, '', readerNamed);
  return compare('', left, right, { writer: { named: writerNamed }, reader: { named: readerNamed }, seen: new Set() });
};
