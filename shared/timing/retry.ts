import { type Backoff, toPauseMs } from './backoff';
import type { Pause } from './pause';

export type RetryOptions = {
  /** Whether to try again after so many failures; false: the error is thrown. */
  readonly retryable: (error: unknown, failures: number) => boolean;
  /** Hears of an error after which `work` is tried again; awaited before the pause. */
  readonly onRetry?: (error: unknown, failures: number) => unknown;
  readonly backoff: Backoff;
  readonly pause: Pause;
  /** Fires when no further attempt is wanted. */
  readonly signal?: AbortSignal;
};

/**
 * Does `work` until it succeeds, with growing pauses between the attempts.
 * @param work gets the number of attempts that failed before
 * @throws the last error: one that is not retryable, or any once the signal has fired
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
