import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for a condition; its first result that is not false, null or undefined comes back.
 * @param what for the error's text; a function may describe how things stand
 */
export const waitUntil = async <T>(
  what: string | (() => unknown),
  condition: () => Promise<T | false | null | undefined> | T | false | null | undefined,
  timeoutMs = 30_000,
): Promise<T> => {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const result = await condition();
    if (result !== false && result !== null && result !== undefined) return result as T;
    if (Date.now() > deadline) {
      const text = typeof what === 'string' ? what : JSON.stringify(await what());
      throw new Error(`not within ${timeoutMs} ms: ${text}`);
    }
    await sleep(20);
  }
};
