import { type Backoff, toPauseMs } from './backoff';
import type { Waits } from './pause';

/** Rounds in a row: `idle` found nothing to do, `failed` threw. */
export type Streak = { readonly idle: number; readonly failed: number };

/** How long to wait after a round. */
export type Pace = (streak: Streak) => number;

/** At once after a round with work; ever more seldom while there is none, or while it fails. */
export const adaptivePace =
  (idle: Backoff, retry: Backoff = idle): Pace =>
  (streak) =>
    Math.max(toPauseMs(idle, streak.idle), toPauseMs(retry, streak.failed));

/** At once after a round with work, else after a fixed time. */
export const fixedPace = (ms: number): Pace => adaptivePace({ minMs: ms, maxMs: ms });

/**
 * Does one round of `work` after the other until the signal fires, which also ends a pause.
 * A round that is under way is finished.
 * @param work resolves with true when it found something to do, and there may be more
 * @param onError hears of a round that failed, and is awaited; the next round is its retry
 */
export const pollUntilStopped = async ({
  work,
  onError,
  pace,
  signal,
  pause,
}: Waits & {
  readonly work: () => Promise<boolean>;
  readonly onError: (error: unknown) => unknown;
  readonly pace: Pace;
}): Promise<void> => {
  let idle = 0;
  let failed = 0;
  while (!signal.aborted) {
    try {
      idle = (await work()) ? 0 : idle + 1;
      failed = 0;
    } catch (error) {
      failed += 1;
      await onError(error);
    }
    const pauseMs = pace({ idle, failed });
    if (pauseMs > 0) await pause(pauseMs, signal);
  }
};
