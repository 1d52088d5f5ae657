import { setTimeout as sleep } from 'node:timers/promises';

/** Waits; resolves early (never rejects) when the signal fires. */
export type Pause = (ms: number, signal?: AbortSignal) => Promise<void>;

export const pause: Pause = async (ms, signal) => {
  if (ms <= 0 || signal?.aborted) return;
  try {
    await sleep(ms, undefined, signal && { signal });
  } catch {
    // woken by the signal: the caller looks at it
  }
};

/** What a loop waits with. */
export type Waits = {
  /** fires when the process is asked to stop */
  readonly signal: AbortSignal;
  readonly pause: Pause;
};
