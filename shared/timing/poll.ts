import { type Backoff, toPauseMs } from './backoff';
import type { Waits } from './pause';

/** Rounds in a row: `idle` found no work, `failed` threw. */
export type Streak = { readonly idle: number; readonly failed: number };

/** Returns the pause in ms after a round. */
export type Pace = (streak: Streak) => number;

/**
 * Creates a pace without a pause after a round with work, and with growing pauses after idle or
 * failed rounds.
 */
export const adaptivePace =
  (idle: Backoff, retry: Backoff = idle): Pace =>
  (streak) =>
    Math.max(toPauseMs(idle, streak.idle), toPauseMs(retry, streak.failed));

/** Creates a pace without a pause after a round with work, else with a fixed one. */
export const fixedPace = (ms: number): Pace => adaptivePace({ minMs: ms, maxMs: ms });

/**
 * Does rounds of `work` one after the other until the signal fires, which also ends a pause. A
 * round that has started is finished.
 * @param work resolves with true if it found work, and there may be more
 * @param onError gets the error of a failed round, and is awaited; the next round is its retry
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
