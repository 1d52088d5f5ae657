import { z } from 'zod';
import { BridgeError, messageOf } from '../errors';
import { findMisspelt } from './misspelt-variables';
import { readVariable, type Variable } from './read-variable';

// biome-ignore lint/suspicious/noExplicitAny: a record of variables of different types
export type Variables = Readonly<Record<string, Variable<any>>>;

export type ConfigOf<V extends Variables> = {
  readonly [K in keyof V]: V[K] extends Variable<infer T> ? T : never;
};

/** A condition on several variables. It is checked when none of them has a problem of its own. */
export type ConfigCheck<C> = {
  readonly of: readonly (keyof C & string)[];
  /** @throws BridgeError whose message begins with the variable's name */
  readonly check: (config: C) => unknown;
};

export type ConfigDefinition<V extends Variables> = {
  readonly service: string;
  readonly about: string;
  readonly variables: V;
  readonly checks: readonly ConfigCheck<ConfigOf<V>>[];
};

/**
 * Declares a service's configuration. Its variables are named nowhere else: docs/configuration.md
 * and `--help` are generated from it.
 */
export const defineConfig = <V extends Variables>(
  service: string,
  about: string,
  variables: V,
  checks: readonly ConfigCheck<ConfigOf<V>>[] = [],
): ConfigDefinition<V> => ({
  service,
  about,
  variables,
  checks,
});

/** Requires one number to be smaller than, or with `atMost` not larger than, another. */
const ordered =
  (words: string, holds: (small: number, large: number) => boolean) =>
  <A extends string, B extends string>(small: A, large: B): ConfigCheck<Readonly<Record<A | B, number>>> => ({
    of: [small, large],
    check: (config) => {
      if (holds(config[small], config[large])) return;
      throw new BridgeError(
        'CONFIG_INVALID',
        `${small}: is ${config[small]}, but must be ${words} ${large}, which is ${config[large]}; set both`,
      );
    },
  });

export const below = ordered('less than', (small, large) => small < large);
export const atMost = ordered('at most', (small, large) => small <= large);

type Options = {
  readonly doc: string;
  readonly default?: string;
  readonly defaultDoc?: string;
  readonly secret?: boolean;
};

const variable = <T>(schema: z.ZodType<T, string>, options: Options, accepts?: string): Variable<T> => ({
  ...options,
  ...(accepts === undefined ? {} : { accepts }),
  schema,
});

/** Declares any non-empty text. */
export const text = (options: Options): Variable<string> => variable(z.string().min(1, 'must not be empty'), options);

/** Makes a variable optional: its value is undefined when it is not set. */
export const optional = <T>(declared: Variable<T>): Variable<T | undefined> =>
  ({ ...declared, optional: true }) as Variable<T | undefined>;

/** Adds a condition to a variable. `problemOf` returns what is wrong, without the value. */
export const refined = <T>(declared: Variable<T>, problemOf: (value: T) => string | undefined): Variable<T> => ({
  ...declared,
  schema: declared.schema.superRefine((value, { addIssue }) => {
    const message = problemOf(value);
    if (message !== undefined) addIssue({ code: 'custom', message });
  }) as z.ZodType<T, string>,
});

/** Declares a whole number within bounds. The unit belongs in the variable's name. */
export const integer = (options: Options & { readonly min?: number; readonly max?: number }): Variable<number> => {
  const min = options.min ?? 0;
  const max = options.max ?? Number.MAX_SAFE_INTEGER;
  const problem = `must be a whole number from ${min} to ${max}`;
  const schema = z
    .string()
    .regex(/^-?\d+$/, problem)
    .transform(Number)
    .refine((value) => value >= min && value <= max, problem);
  return variable(schema, options, max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`);
};

/** Declares a boolean: true, 1, on, yes, or false, 0, off, no. */
export const flag = (options: Options): Variable<boolean> =>
  variable(
    z
      .string()
      .regex(/^(true|false|1|0|on|off|yes|no)$/i, 'must be true or false')
      .transform((value) => /^(true|1|on|yes)$/i.test(value)),
    options,
  );

/** Declares a comma-separated list with at least one value. */
export const list = (options: Options): Variable<readonly string[]> =>
  variable(
    z
      .string()
      .transform((value) =>
        value
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== ''),
      )
      .refine((values) => values.length > 0, 'must name at least one value'),
    options,
  );

/** Declares a comma-separated list with at least one of the given values. */
export const someOf = <const T extends readonly [string, ...string[]]>(
  values: T,
  options: Options,
): Variable<readonly T[number][]> => {
  const { schema, ...declared } = list(options);
  const known = new Set<string>(values);
  const problem = `must be some of ${values.join(', ')}`;
  const checked = schema.refine((chosen) => chosen.every((value) => known.has(value)), problem);
  return {
    ...declared,
    accepts: `any of ${values.join(', ')}`,
    schema: checked as z.ZodType<readonly T[number][], string>,
  };
};

/** Declares one of the given values. */
export const oneOf = <const T extends readonly [string, ...string[]]>(
  values: T,
  options: Options,
): Variable<T[number]> =>
  variable(
    z.enum(values, `must be one of ${values.join(', ')}`) as unknown as z.ZodType<T[number], string>,
    options,
    values.join(', '),
  );

/** Declares a decimal from 0 to 1. */
export const ratio = (options: Options): Variable<number> =>
  variable(
    z
      .string()
      .regex(/^\d*\.?\d+$/, 'must be a number from 0 to 1')
      .transform(Number)
      .refine((value) => value >= 0 && value <= 1, 'must be a number from 0 to 1'),
    options,
    '0 to 1',
  );

/**
 * Reads and validates the whole configuration, with the files that it names.
 * @throws BridgeError CONFIG_INVALID, whose message lists every problem on a line of its own with
 * its variable; it never quotes the value of a secret
 */
export const loadConfig = <V extends Variables>(
  definition: ConfigDefinition<V>,
  env: NodeJS.ProcessEnv,
): ConfigOf<V> => {
  const problems = new Map<string, string>();
  const values: Record<string, unknown> = {};
  const note = (name: string, work: () => unknown): void => {
    try {
      work();
    } catch (error) {
      problems.set(name, messageOf(error));
    }
  };
  for (const [name, declared] of Object.entries(definition.variables))
    note(name, () => {
      const value = readVariable(name, declared, env);
      if (value !== undefined) values[name] = value;
    });
  const config = values as ConfigOf<V>;
  for (const [index, { of, check }] of definition.checks.entries())
    if (!of.some((name) => problems.has(name))) note(`check ${index}`, () => check(config));
  // Two checks may read the same file.
  const found = [...new Set(problems.values())];
  if (found.length === 0) return config;
  const lines = [...found, ...findMisspelt(definition.variables, env)];
  throw new BridgeError(
    'CONFIG_INVALID',
    `${definition.service}: the configuration has ${found.length} problem(s)\n  ${lines.join('\n  ')}`,
  );
};

/** Returns the text of `--help`: every variable with its default and meaning. */
export const describeConfig = <V extends Variables>(definition: ConfigDefinition<V>): string => {
  const lines = Object.entries(definition.variables).map(([name, declared]) => {
    const value = declared.defaultDoc ?? declared.default;
    const fallback = value !== undefined ? `default ${value}` : declared.optional ? 'optional' : 'required';
    const file = declared.secret ? `, or ${name}_FILE` : '';
    const accepts = declared.accepts === undefined ? '' : `; ${declared.accepts}`;
    return `  ${name} (${fallback}${file}${accepts})\n      ${declared.doc}`;
  });
  return `${definition.service}: ${definition.about}\n\nEnvironment variables:\n${lines.join('\n')}\n`;
};
