import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for a condition; returns its first result that is not false, null or undefined.
 * @param what for the error text; a function may describe the present state
 */
export const waitUntil = async <T>(
  what: string | (() => unknown),
  condition: () => Promise<T | false | null | undefined> | T | false | null | undefined,
  timeoutMs = 60_000,
): Promise<T> => {
  const startedAt = Date.now();
  for (;;) {
    const result = await condition();
    if (result !== false && result !== null && result !== undefined) return result as T;
    const waitedMs = Date.now() - startedAt;
    if (waitedMs > timeoutMs) {
      const text = typeof what === 'string' ? what : JSON.stringify(await what());
      throw new Error(`not within ${timeoutMs} ms: ${text}`);
    }
    // poll a long wait less often: polling takes processor time from the work
    await sleep(Math.min(100, 10 + waitedMs / 20));
  }
};
