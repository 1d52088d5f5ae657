import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BridgeError } from '../errors';

/** A schema as JSON.parse returns it. */
export type SchemaJson = string | readonly SchemaJson[] | { readonly [attribute: string]: unknown };

export type ReleasedSchema = { readonly version: number; readonly schema: SchemaJson };

export type RecordSchemas = {
  /** File name without extension, e.g. `sms-send`. */
  readonly name: string;
  readonly current: SchemaJson;
  /** Every version ever released, oldest first. */
  readonly released: readonly ReleasedSchema[];
};

/**
 * Finds the nearest directory above `from` that holds package.json. Sources, dist/ and an installed
 * package all lead to the same one.
 * @throws BridgeError SCHEMA_FILES_MISSING when there is none
 */
export const findPackageRoot = (from: string): string => {
  let directory = from;
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new BridgeError('SCHEMA_FILES_MISSING', `no package.json above ${from}`);
    directory = parent;
  }
  return directory;
};

const readSchema = (path: string): SchemaJson => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as SchemaJson;
  } catch (cause) {
    throw new BridgeError('SCHEMA_FILES_MISSING', `cannot read the schema ${path}`, { cause });
  }
};

/**
 * Reads `schemas/<name>.avsc` and all of `schemas/released/<name>.v<n>.avsc`.
 * @throws BridgeError SCHEMA_FILES_MISSING when a file cannot be read
 */
export const loadSchemas = (name: string, directory = join(findPackageRoot(__dirname), 'schemas')): RecordSchemas => {
  const current = readSchema(join(directory, `${name}.avsc`));
  const released = readdirSync(join(directory, 'released'))
    .map((file) => ({ file, match: /^(.+)\.v(\d+)\.avsc$/.exec(file) }))
    .filter(({ match }) => match?.[1] === name)
    .map(({ file, match }) => ({ version: Number(match?.[2]), schema: readSchema(join(directory, 'released', file)) }))
    .sort((left, right) => left.version - right.version);
  return { name, current, released };
};
