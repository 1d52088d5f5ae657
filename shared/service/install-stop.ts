import type { Logger } from 'pino';
import { adviceByCode } from '../faults/advice';

export type Stop = {
  /** Fires when the process must stop. */
  readonly signal: AbortSignal;
  readonly request: (reason: string) => void;
  /** Why the process stops: the first reason counts. */
  readonly reason: () => string;
  /** Resolves when the process must stop. */
  readonly requested: Promise<void>;
  /** Logs the error with advice, and stops with exit code 1, or 2 for a wrong configuration. */
  readonly fatal: (error: Error) => void;
  readonly exitCode: () => number;
};

/** A process must be gone within 10 s of SIGTERM. At 9 s it exits even if a close hangs. */
const DRAIN_LIMIT_MS = 9_000;

export const toError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));

/**
 * Makes SIGTERM and SIGINT request the stop, and makes uncaught errors fatal. The process exits
 * within 9 s of the request, even during the start, because the start may be what hangs.
 */
export const installStop = (logger: Logger): Stop => {
  const stopping = new AbortController();
  const { signal } = stopping;
  let why: string | undefined;
  const request = (reason: string): void => {
    why ??= reason;
    stopping.abort();
  };
  let exitCode = 0;
  const fatal = (error: Error): void => {
    const { code } = error as { code?: string };
    const advice = adviceByCode(error);
    logger.fatal({ err: { code, message: error.message, stack: error.stack }, advice }, 'stopping: a person must act');
    exitCode = code === 'CONFIG_INVALID' || code === 'EXCHANGE_FILE_INVALID' ? 2 : 1;
    request([code, error.message, advice].filter(Boolean).join(': '));
  };
  const leaveInTime = (): void => {
    setTimeout(() => {
      logger.error({ limitMs: DRAIN_LIMIT_MS }, 'draining took too long; exiting now');
      process.exit(exitCode || 1);
    }, DRAIN_LIMIT_MS).unref();
  };
  signal.addEventListener('abort', leaveInTime, { once: true });
  const requested = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      logger.info({ signal: name }, 'draining');
      request(name);
    });
  }
  process.on('unhandledRejection', (reason) => fatal(toError(reason)));
  process.on('uncaughtException', fatal);
  return { signal, request, requested, fatal, exitCode: () => exitCode, reason: () => why ?? '' };
};
