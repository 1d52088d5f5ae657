/**
 * An error somebody can act on. `code` is stable and part of the contract of logs, metrics and the command line;
 * `retryable` says whether the same work may succeed when it is done again later.
 */
export class BridgeError extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BridgeError';
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** True for an error that says of itself that trying again can help. */
export const isRetryable = (error: unknown): boolean => error instanceof BridgeError && error.retryable;

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What a dead letter says of the error that made it one. */
export const toProblem = (error: unknown): { readonly reason: string; readonly message: string } => ({
  reason: (error as { code?: string } | null)?.code ?? 'UNEXPECTED',
  message: messageOf(error),
});
