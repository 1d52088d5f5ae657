import { setTimeout as sleep } from 'node:timers/promises';
import { BridgeError } from '../../shared/errors';

export type Wait = {
  readonly signal: AbortSignal;
  /** gives up when the measure has not changed for this long */
  readonly patienceMs: number;
  /** name of the condition, for the error */
  readonly what: string;
  readonly everyMs?: number;
};

/**
 * Waits until a condition holds, for as long as the measure keeps changing.
 * @param look returns 'done', or a measure of the progress
 * @throws BridgeError DEMO_STUCK with the condition and the last measure, or the reason of the
 * signal
 */
export const waitUntil = async (look: () => Promise<'done' | string>, wait: Wait): Promise<void> => {
  const { signal, patienceMs, what, everyMs = 100 } = wait;
  let measure = '';
  let changedAt = Date.now();
  for (;;) {
    signal.throwIfAborted();
    const now = await look();
    if (now === 'done') return;
    if (now !== measure) {
      measure = now;
      changedAt = Date.now();
    }
    if (Date.now() - changedAt > patienceMs) {
      throw new BridgeError(
        'DEMO_STUCK',
        `nothing has moved for ${patienceMs / 1000} s while waiting for ${what} (${measure})`,
      );
    }
    await pause(everyMs, signal);
  }
};

/** @throws the reason of the signal */
export const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
};
