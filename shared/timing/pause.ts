import { setTimeout as sleep } from 'node:timers/promises';

/** Waits. Resolves early, and never rejects, when the signal fires. */
export type Pause = (ms: number, signal?: AbortSignal) => Promise<void>;

export const pause: Pause = async (ms, signal) => {
  if (ms <= 0 || signal?.aborted) return;
  try {
    await sleep(ms, undefined, signal && { signal });
  } catch {
    // Woken by the signal: the caller checks it.
  }
};

/** The signal and the pause of a loop. */
export type Waits = {
  /** fires when the process must stop */
  readonly signal: AbortSignal;
  readonly pause: Pause;
};
