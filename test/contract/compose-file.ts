import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const root = join(__dirname, '..', '..');

export type Dependency = { readonly condition: string; readonly required?: boolean };

export type ComposeService = {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly env_file?: readonly { readonly path: string; readonly required: boolean }[];
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly expose?: readonly string[];
  readonly secrets?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, Dependency>>;
  readonly restart?: string;
  readonly container_name?: string;
  readonly hostname?: string;
  readonly networks?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
  readonly cpus?: number;
  readonly pids_limit?: number;
};

export type ComposeFile = {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly configs: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
};

type Variables = Readonly<Record<string, string>>;

/**
 * Replaces `${NAME:-default}` as Compose does. A variable without a default is an error: the file
 * must start without an environment.
 */
const interpolate = (text: string, variables: Variables): string =>
  text.replaceAll(/\$\{(\w+)(?::-([^}]*))?\}/g, (_whole, name: string, fallback: string | undefined) => {
    if (fallback === undefined) throw new Error(`docker-compose.yml: \${${name}} has no default`);
    return variables[name] ?? fallback;
  });

/** Reads `NAME=value` lines as `docker compose --env-file` does. */
export const loadEnvFile = (path: string): Variables =>
  Object.fromEntries(
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

/** Returns the file as Compose sees it, with these variables only. */
export const loadComposeFile = (variables: Variables = {}): ComposeFile =>
  parse(interpolate(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), variables), { merge: true });
