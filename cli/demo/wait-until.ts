import { setTimeout as sleep } from 'node:timers/promises';
import { BridgeError } from '../../shared/errors';

export type Wait = {
  readonly signal: AbortSignal;
  /** Gives up when `measure` has not changed for so long. */
  readonly patienceMs: number;
  /** what is waited for, as the error will say it */
  readonly what: string;
  readonly everyMs?: number;
};

/**
 * Waits until a condition holds. As long as something moves it goes on.
 * @param look 'done', or a measure of how far it is
 * @throws what the signal was aborted with; BridgeError DEMO_STUCK naming what was waited for and where it stood
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

/** @throws what the signal was aborted with */
export const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
};
