import { CommanderError } from 'commander';
import { BridgeError, messageOf } from '../shared/errors';
import { adviceByNumber } from './oracle/advice-by-number';

/** Exit codes: 0 done, 1 it did not work out, 2 the command was not understood or its settings are wrong, 130 interrupted. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The command was typed in a way that cannot be carried out. */
export const usageError = (message: string): BridgeError => new BridgeError('USAGE', message);

/** What somebody who reads only this line can do about it. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /^CONFIG_INVALID$/,
    'Set the variables, or use --kafka, --database, --registry and --topic-prefix (sms-bridge --help).',
  ],
  [/^DB_UNAVAILABLE$/, 'Is the database running, and is its address right (DATABASE_URL or --database)?'],
  [/^(DB|KAFKA)_(LOGIN|SETTINGS)$/, 'How these settings belong together: docs/operations.md, "TLS and logins".'],
  [/^DB_DENIED$/, 'This database account may not do that: use the owner of the tables or an administrator.'],
  [/^DB_FULL$/, 'A tablespace or a quota has no room: `sms-bridge doctor` as the owner of the tables looks at them.'],
  [
    /^DB_SCHEMA$/,
    'The tables are not as expected, or not for this account to see: `sms-bridge migrate --status`, as their owner, says which migrations are missing.',
  ],
  [
    /^KAFKA_UNAVAILABLE$/,
    'Is Kafka running, is its address right (KAFKA_BROKERS or --kafka), and do TLS and SASL settings fit (KAFKA_TLS, KAFKA_SASL_…)?',
  ],
  [/^TOPIC_MISSING$/, 'Create the topics with `sms-bridge topics create`, or check --topic-prefix.'],
  [/^REGISTRY_/, 'Check SCHEMA_REGISTRY_URL (or --registry) and SCHEMA_REGISTRY_AUTH.'],
];

/** The account that an address of a database names. */
const accountOf = (url: string | undefined): string | undefined => {
  if (url === undefined || !URL.canParse(url)) return undefined;
  return decodeURIComponent(new URL(url).username).toUpperCase() || undefined;
};

/** The advice for an error, if there is any for its code or for the number of the server's. @param url the database's address: whom it is about */
export const adviceFor = (error: unknown, url?: string): string | undefined => {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  const byNumber = error instanceof BridgeError ? adviceByNumber(error.message, accountOf(url)) : undefined;
  if (byNumber !== undefined) return byNumber;
  return typeof code === 'string' ? ADVICE.find(([pattern]) => pattern.test(code))?.[1] : undefined;
};

const SYSTEM_ERROR = /^E[A-Z]{3,}$/;

/** Somebody planned for it: its message is enough. */
const isExpected = (error: unknown): boolean =>
  error instanceof BridgeError || SYSTEM_ERROR.test((error as { code?: string } | null)?.code ?? '');

const exitCodeOf = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  return error instanceof BridgeError && ['USAGE', 'CONFIG_INVALID', 'EXCHANGE_FILE_INVALID'].includes(error.code)
    ? EXIT.usage
    : EXIT.failed;
};

const describe = (error: unknown, verbose: boolean, url: string | undefined): string => {
  const advice = adviceFor(error, url);
  const lines = [
    // a configuration's problems begin with the name already
    `sms-bridge: ${isExpected(error) ? messageOf(error).replace(/^sms-bridge: /, '') : `unexpected: ${messageOf(error)}`}`,
    ...(advice === undefined ? [] : [`  ${advice}`]),
    ...(isExpected(error) || verbose ? [] : ['  --verbose shows where; that is worth a bug report.']),
    ...(verbose && error instanceof Error ? [error.stack ?? ''] : []),
    ...(verbose && error instanceof Error && error.cause instanceof Error ? [`caused by ${error.cause.stack}`] : []),
  ];
  return lines.join('\n');
};

/** Says what went wrong on standard error and returns the exit code. commander has already said what was wrong with the arguments. */
export const reportError = (
  error: unknown,
  options: {
    readonly json: boolean;
    readonly verbose: boolean;
    readonly write: (text: string) => void;
    readonly url?: string | undefined;
  },
): number => {
  if (error instanceof CommanderError) return exitCodeOf(error);
  const code = (error as { code?: string } | null)?.code ?? 'UNEXPECTED';
  options.write(
    options.json
      ? `${JSON.stringify({ error: { code, message: messageOf(error) } })}\n`
      : `${describe(error, options.verbose, options.url)}\n`,
  );
  return exitCodeOf(error);
};
