import { BridgeError } from '../../../shared/errors';
import type { Judge } from '../../../shared/faults/judge-with-probe';
import { createSetAside } from '../../../shared/faults/set-aside';

const poison = new BridgeError('DB_DATA', 'does not fit');
const isPoison = (error: unknown): boolean => error === poison;

const createWorld = (judge: Partial<Judge>) => {
  const stopping = new AbortController();
  const seen = { done: [] as number[], aside: [] as number[], attempts: 0, now: 0 };
  const setAside = createSetAside<number>({
    isPoison,
    attempt: async (items) => {
      seen.attempts += 1;
      if (items.some((item) => item < 0)) throw poison;
      seen.done.push(...items);
    },
    setAside: async (item) => seen.aside.push(item),
    blame: async () => 'unsure',
    judge: async () => 'value',
    ...judge,
    now: () => seen.now,
    longAloneMs: 10_000,
    signal: stopping.signal,
  });
  return { setAside, seen, stop: () => stopping.abort() };
};

describe('items that fail together', () => {
  it('are done, except those that alone cause failures: these are set aside', async () => {
    const { setAside, seen } = createWorld({});
    await setAside([1, -2, 3, 4, -5], poison);
    expect(seen).toMatchObject({ done: [1, 3, 4], aside: [-2, -5] });
  });

  it('are not split when the common path is the cause', async () => {
    const { setAside, seen } = createWorld({ blame: async () => 'all' });
    await expect(setAside([1, -2, 3], poison)).rejects.toBe(poison);
    expect(seen).toMatchObject({ done: [], aside: [], attempts: 0 });
  });

  it('are judged by the results of others, and by how long one is alone', async () => {
    const evidence: unknown[] = [];
    const { setAside, seen } = createWorld({
      judge: async (_, found) => {
        evidence.push(found);
        return found.longAlone ? 'value' : undefined;
      },
    });
    await expect(setAside([-1, -2, 3], poison)).rejects.toBe(poison);
    seen.now = 9_999;
    await expect(setAside([-1], poison)).rejects.toBe(poison);
    seen.now = 10_000;
    await setAside([-1], poison);
    expect(evidence).toEqual([
      { alike: 1, othersWentThrough: true, longAlone: false },
      { alike: 0, othersWentThrough: false, longAlone: false },
      { alike: 0, othersWentThrough: false, longAlone: true },
    ]);
    expect(seen.aside).toEqual([-1]);
  });

  it('are left as they are when the process is asked to stop: none is set aside without others to compare', async () => {
    const { setAside, seen, stop } = createWorld({});
    stop();
    await expect(setAside([1, -2], poison)).rejects.toBe(poison);
    expect(seen).toMatchObject({ done: [], aside: [], attempts: 0 });
  });
});
