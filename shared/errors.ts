import type { ErrorCode } from './error-codes';

/**
 * Where in the database an error happened, as far as the server tells. Names are spelled as the
 * server spells them.
 */
export type DatabasePlace = {
  /** SQLSTATE, or ORA-nnnnn */
  readonly number: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  /** The trigger or function whose code raised the error. */
  readonly routine?: string;
};

/**
 * An error that an operator or a caller can act on. `code` is stable: logs, metrics and the command
 * line quote it. `retryable` is true when the same work may succeed later.
 */
export class BridgeError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly place?: DatabasePlace;
  /** True when none of the records was sent. */
  readonly unsent?: true;

  constructor(
    code: ErrorCode,
    message: string,
    options: { retryable?: boolean; cause?: unknown; place?: DatabasePlace; unsent?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BridgeError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    if (options.place !== undefined) this.place = options.place;
    if (options.unsent) this.unsent = true;
  }
}

/** Tells whether the error declares that trying again can help. */
export const isRetryable = (error: unknown): boolean => error instanceof BridgeError && error.retryable;

/** Tells whether the error declares that none of its records was sent. */
export const isUnsent = (error: unknown): boolean => error instanceof BridgeError && error.unsent === true;

/** Returns the same error about records of which some were sent, or all or none. */
export const toldAs = (error: BridgeError, sent: 'none' | 'unknown'): BridgeError =>
  new BridgeError(error.code, error.message, {
    retryable: error.retryable,
    cause: error.cause ?? error,
    unsent: sent === 'none',
  });

/** Returns the message of an `Error`, or any other thrown value as text. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Describes an error for a dead letter: its code (`UNEXPECTED` without one) and its message. */
export const toProblem = (error: unknown): { readonly reason: string; readonly message: string } => ({
  reason: (error as { code?: string } | null)?.code ?? 'UNEXPECTED',
  message: messageOf(error),
});
