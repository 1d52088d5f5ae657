import { setTimeout as sleep } from 'node:timers/promises';

/** The next pause of a poll loop: none after work, then doubling from `minMs` to `maxMs` while there is nothing to do. Pure. */
export const nextPauseMs = (previousMs: number, worked: boolean, minMs: number, maxMs: number): number =>
  worked ? 0 : Math.min(maxMs, Math.max(minMs, previousMs * 2));

/** Waits; resolves early (never rejects) when the signal fires. */
export const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  if (ms <= 0 || signal.aborted) return;
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    // woken by the signal: the caller looks at it
  }
};
