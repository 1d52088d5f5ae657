/** Where in the database an error happened, as far as it says so; names in the server's spelling. */
export type DatabasePlace = {
  /** SQLSTATE, or ORA-nnnnn */
  readonly number: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  /** the trigger or function whose code raised it */
  readonly routine?: string;
};

/**
 * An error somebody can act on. `code` is stable and part of the contract of logs, metrics and the command line;
 * `retryable` says whether the same work may succeed when it is done again later.
 */
export class BridgeError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly place?: DatabasePlace;

  constructor(
    code: string,
    message: string,
    options: { retryable?: boolean; cause?: unknown; place?: DatabasePlace } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BridgeError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    if (options.place !== undefined) this.place = options.place;
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
