import { type Command, Option } from 'commander';
import { timeZone } from './time-zone';

/** Options that every command accepts, before or after its name. */
export type SharedOptions = {
  readonly kafka?: string;
  readonly database?: string;
  readonly registry?: string;
  readonly topicPrefix?: string;
  readonly timeZone?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
};

const CONNECTIONS = 'Connections (each overrides its environment variable):';
const EVERYWHERE = 'Everywhere:';

const sharedOptions = (): readonly Option[] => [
  new Option('--kafka <brokers>', 'host:port, comma-separated (KAFKA_BROKERS)').helpGroup(CONNECTIONS),
  new Option(
    '--database <url>',
    'postgres://user@host:port/database or oracle://user@host:port/service (DATABASE_URL); the password from DATABASE_PASSWORD or DATABASE_PASSWORD_FILE',
  ).helpGroup(CONNECTIONS),
  new Option('--registry <url>', 'schema registry (SCHEMA_REGISTRY_URL)').helpGroup(CONNECTIONS),
  new Option('--topic-prefix <prefix>', 'put before every topic name (TOPIC_PREFIX)').helpGroup(CONNECTIONS),
  new Option('--time-zone <zone>', 'of times that are shown, and of times without a zone (ARCHIVE_TIME_ZONE)')
    .argParser(timeZone)
    .helpGroup(EVERYWHERE),
  new Option('--json', 'print lines of JSON, for programs').helpGroup(EVERYWHERE),
  new Option('--verbose', "show the clients' logs and, with an error, where it happened").helpGroup(EVERYWHERE),
];

/**
 * Adds the shared options to a command and its subcommands, except where a command has an option of
 * the same name.
 */
export const addSharedOptions = (command: Command): void => {
  command.enablePositionalOptions();
  const isGroup = command.parent !== null && command.commands.length > 0;
  for (const option of sharedOptions()) {
    if (!command.options.some(({ long }) => long === option.long)) {
      command.addOption(isGroup ? option.hideHelp() : option);
    }
  }
  for (const child of command.commands) addSharedOptions(child);
};

/** Returns a command's options together with those before its name; the nearest one wins. */
export const withOuterOptions = (command: Command): Record<string, unknown> => {
  const outer = command.parent === null ? {} : withOuterOptions(command.parent);
  return { ...outer, ...command.opts() };
};

const FLAGS = {
  kafka: 'KAFKA_BROKERS',
  database: 'DATABASE_URL',
  registry: 'SCHEMA_REGISTRY_URL',
  topicPrefix: 'TOPIC_PREFIX',
  timeZone: 'ARCHIVE_TIME_ZONE',
} as const;

const hasPassword = (url: string): boolean => URL.canParse(url) && new URL(url).password !== '';

/**
 * Returns the environment with the flags applied. A flag also overrides the variable's `_FILE`
 * form, and a password in --database overrides DATABASE_PASSWORD. Pure.
 */
export const toEnvironment = (options: SharedOptions, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const changed: NodeJS.ProcessEnv = { ...env };
  for (const [flag, variable] of Object.entries(FLAGS)) {
    const value = options[flag as keyof typeof FLAGS];
    if (value === undefined) continue;
    changed[variable] = value;
    delete changed[`${variable}_FILE`];
  }
  if (options.database !== undefined && hasPassword(options.database)) {
    delete changed.DATABASE_PASSWORD;
    delete changed.DATABASE_PASSWORD_FILE;
  }
  return changed;
};

const SECRET_FLAGS = {
  database: 'leave it out and set DATABASE_PASSWORD or DATABASE_PASSWORD_FILE',
  registry: 'leave it out and set SCHEMA_REGISTRY_AUTH or SCHEMA_REGISTRY_AUTH_FILE',
} as const;

/** Returns a warning for each flag that holds a password: the list of processes shows it. Pure. */
export const warnOfSecrets = (options: SharedOptions): readonly string[] =>
  Object.entries(SECRET_FLAGS)
    .filter(([flag]) => hasPassword(options[flag as keyof typeof SECRET_FLAGS] ?? ''))
    .map(([flag, remedy]) => `warning: ps shows the password in --${flag} to all users of this machine; ${remedy}\n`);
