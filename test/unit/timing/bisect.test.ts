import fc from 'fast-check';
import { isolatePoison } from '../../../shared/timing/bisect';
import { tries } from '../../support/tries';

const poison = new Error('poison');
const isPoison = (error: unknown): boolean => error === poison;

/** Attempts batches of numbers that fail while they contain one of `bad`. */
const createWorld = (bad: ReadonlySet<number>) => {
  const attempts: (readonly number[])[] = [];
  const done: number[] = [];
  return {
    attempts,
    done,
    attempt: async (items: readonly number[]): Promise<void> => {
      attempts.push(items);
      if (items.some((item) => bad.has(item))) throw poison;
      done.push(...items);
    },
  };
};

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);

describe('isolatePoison', () => {
  it('ends every item exactly once, in order, within a bounded number of attempts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 60 }), async (marks) => {
        const items = numbers(marks.length);
        const bad = new Set(items.filter((item) => marks[item]));
        const { attempt, attempts, done } = createWorld(bad);
        const alone = await isolatePoison(items, poison, { attempt, isPoison });
        // it failed alone before, so it is not tried again
        if (bad.size === 0 && items.length === 1) return;
        expect(alone).toEqual([...bad].map((item) => ({ item, error: poison })));
        expect(done).toEqual(items.filter((item) => !bad.has(item)));
        const levels = Math.ceil(Math.log2(Math.max(2, items.length)));
        expect(attempts.length).toBeLessThanOrEqual(Math.max(0, 2 * items.length - 2));
        expect(attempts.length).toBeLessThanOrEqual(2 * Math.max(1, bad.size) * levels);
      }),
      { numRuns: tries(500) },
    );
  });

  it('does not attempt a single item twice: it has failed alone', async () => {
    const { attempt, attempts } = createWorld(new Set());
    expect(await isolatePoison([7], poison, { attempt, isPoison })).toEqual([{ item: 7, error: poison }]);
    expect(attempts).toEqual([]);
  });

  it('throws an error that no item caused, and attempts nothing after it', async () => {
    const away = new Error('away');
    const attempt = jest.fn(async () => {
      throw away;
    });
    await expect(isolatePoison(numbers(8), poison, { attempt, isPoison })).rejects.toBe(away);
    expect(attempt).toHaveBeenCalledTimes(1);
  });

  it('rethrows the error when it is stopped, so that the rest does not count as done', async () => {
    const stopping = new AbortController();
    const { attempt, attempts } = createWorld(new Set([0]));
    const ports = {
      isPoison,
      signal: stopping.signal,
      attempt: async (items: readonly number[]) => {
        if (attempts.length === 2) stopping.abort();
        await attempt(items);
      },
    };
    await expect(isolatePoison(numbers(16), poison, ports)).rejects.toBe(poison);
    expect(attempts).toHaveLength(3);
  });
});
