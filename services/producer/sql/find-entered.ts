import { setTimeout as sleep } from 'node:timers/promises';
import type { EnteredMessage } from '../core/same-message';

type Find = (messageIds: readonly string[]) => Promise<readonly EnteredMessage[]>;

type Asked = { readonly messageIds: readonly string[]; readonly answer: (rows: readonly EnteredMessage[]) => void };

/**
 * Looks messages up for many requests with few queries: those that ask while one is under way go together in the next. It helps to notice an id
 * that is used twice, and nobody may wait for that: without an answer in time it answers "nothing known", and rests for a while.
 */
export const createFindEntered = (
  find: Find,
  { timeoutMs = 300, restMs = 2_000, now = Date.now }: { timeoutMs?: number; restMs?: number; now?: () => number } = {},
): Find => {
  let waiting: Asked[] = [];
  let working = false;
  let restUntil = 0;

  const work = async (): Promise<void> => {
    working = true;
    while (waiting.length > 0) {
      const asked = waiting;
      waiting = [];
      let rows: readonly EnteredMessage[] = [];
      try {
        rows = await find([...new Set(asked.flatMap(({ messageIds }) => messageIds))]);
      } catch {
        restUntil = now() + restMs;
      }
      for (const { messageIds, answer } of asked) {
        const own = new Set(messageIds);
        answer(rows.filter(({ messageId }) => own.has(messageId)));
      }
    }
    working = false;
  };

  return async (messageIds) => {
    if (now() < restUntil) return [];
    const answered = new Promise<readonly EnteredMessage[]>((answer) => waiting.push({ messageIds, answer }));
    if (!working) void work();
    const timer = new AbortController();
    const late = sleep(timeoutMs, undefined, { signal: timer.signal }).then(
      () => {
        restUntil = now() + restMs;
        return [];
      },
      () => [],
    );
    try {
      return await Promise.race([answered, late]);
    } finally {
      timer.abort();
    }
  };
};
