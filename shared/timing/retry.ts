import { type Backoff, toPauseMs } from './backoff';
import type { Pause } from './pause';

export type RetryOptions = {
  /**
   * Returns whether to try again after this error and number of failures; false: the error is
   * thrown.
   */
  readonly retryable: (error: unknown, failures: number) => boolean;
  /** Gets an error after which `work` is retried. Awaited before the pause. */
  readonly onRetry?: (error: unknown, failures: number) => unknown;
  readonly backoff: Backoff;
  readonly pause: Pause;
  /** Fires when no further attempt may start. */
  readonly signal?: AbortSignal;
};

/**
 * Does `work` until it succeeds, with growing pauses between the attempts.
 * @param work gets the number of failed attempts before
 * @throws the last error: one that is not retryable, or any after the signal has fired
 */
export const retryWhile = async <T>(
  { retryable, onRetry, backoff, signal, pause }: RetryOptions,
  work: (failures: number) => Promise<T>,
): Promise<T> => {
  for (let failures = 0; ; ) {
    try {
      return await work(failures);
    } catch (error) {
      failures += 1;
      if (!retryable(error, failures)) throw error;
      await onRetry?.(error, failures);
      await pause(toPauseMs(backoff, failures), signal);
      if (signal?.aborted) throw error;
    }
  }
};
