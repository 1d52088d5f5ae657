import { setTimeout as sleep } from 'node:timers/promises';
import type { EnteredMessage } from '../core/same-message';

type Find = (messageIds: readonly string[]) => Promise<readonly EnteredMessage[]>;

type Asked = { readonly messageIds: readonly string[]; readonly answer: (rows: readonly EnteredMessage[]) => void };

/**
 * Creates a look-up that serves many requests with few queries: requests that come during one query
 * share the next. The look-up only helps to notice an id that is used twice, so no request may wait
 * long for it. Without a result within `timeoutMs` it returns an empty list, and skips the database
 * for `restMs`.
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
