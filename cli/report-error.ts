import { CommanderError } from 'commander';
import { BridgeError, messageOf } from '../shared/errors';
import { adviceByCode } from '../shared/faults/advice';
import { adviceByNumber } from './oracle/advice-by-number';

/** Exit codes: 0 success, 1 failure, 2 wrong usage or settings, 130 interrupted. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

export const usageError = (message: string): BridgeError => new BridgeError('USAGE', message);

const accountOf = (url: string | undefined): string | undefined => {
  if (url === undefined || !URL.canParse(url)) return undefined;
  return decodeURIComponent(new URL(url).username).toUpperCase() || undefined;
};

/**
 * Returns the advice for an error's ORA number or else for its code, if there is any.
 * @param url address of the database, which names the account in the advice
 */
export const adviceFor = (error: unknown, url?: string): string | undefined => {
  const byNumber = error instanceof BridgeError ? adviceByNumber(error.message, accountOf(url)) : undefined;
  return byNumber ?? adviceByCode(error);
};

const SYSTEM_ERROR = /^E[A-Z]{3,}$/;

/** Expected are errors of the bridge and of the operating system: their message is enough. */
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
    // A configuration error begins with the program's name already.
    `sms-bridge: ${isExpected(error) ? messageOf(error).replace(/^sms-bridge: /, '') : `unexpected: ${messageOf(error)}`}`,
    ...(advice === undefined ? [] : [`  ${advice}`]),
    ...(isExpected(error) || verbose ? [] : ['  Please report this bug, with the output of --verbose.']),
    ...(verbose && error instanceof Error ? [error.stack ?? ''] : []),
    ...(verbose && error instanceof Error && error.cause instanceof Error ? [`caused by ${error.cause.stack}`] : []),
  ];
  return lines.join('\n');
};

/** Writes an error, unless commander has written its own already. Returns the exit code. */
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
