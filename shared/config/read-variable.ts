import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { BridgeError, messageOf } from '../errors';

/** One environment variable: its meaning, its accepted values and its default. */
export type Variable<T> = {
  readonly doc: string;
  /** The default as written in the environment. Undefined: required, unless `optional`. */
  readonly default?: string;
  /** Describes the default where it depends on the machine. */
  readonly defaultDoc?: string;
  readonly optional?: boolean;
  /** True when the value may come from the file that NAME_FILE names, and is never printed. */
  readonly secret?: boolean;
  /** Describes the accepted values; absent for any text. */
  readonly accepts?: string;
  readonly schema: z.ZodType<T, string>;
};

const readSecretFile = (name: string, path: string): string => {
  try {
    return readFileSync(path, 'utf8').trimEnd();
  } catch (error) {
    throw new BridgeError('CONFIG_INVALID', `${name}_FILE: cannot read ${path}: ${messageOf(error)}`);
  }
};

const rawValue = (name: string, declared: Variable<unknown>, env: NodeJS.ProcessEnv): string | undefined => {
  const file = env[`${name}_FILE`];
  if (declared.secret && file) {
    if (env[name]) throw new BridgeError('CONFIG_INVALID', `${name}: set either ${name} or ${name}_FILE, not both`);
    return readSecretFile(name, file);
  }
  return env[name] === undefined || env[name] === '' ? declared.default : env[name];
};

/** An address may carry a user and a password, also where none belongs. */
const hideLogin = (text: string): string => text.replaceAll(/(\w+:\/\/)?[^\s,"]*@/g, '$1…@');

/** Reads one variable. @throws BridgeError CONFIG_INVALID */
export const readVariable = (name: string, declared: Variable<unknown>, env: NodeJS.ProcessEnv): unknown => {
  const raw = rawValue(name, declared, env);
  if (raw === undefined) {
    if (declared.optional) return undefined;
    throw new BridgeError('CONFIG_INVALID', `${name}: is not set. ${declared.doc}`);
  }
  const parsed = declared.schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const shown = declared.secret ? '' : ` (it is ${JSON.stringify(hideLogin(raw))})`;
  const problems = hideLogin(parsed.error.issues.map((issue) => issue.message).join('; '));
  throw new BridgeError('CONFIG_INVALID', `${name}: ${problems}${shown}`);
};
