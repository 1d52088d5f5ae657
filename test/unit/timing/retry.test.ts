import { type Backoff, toPauseMs } from '../../../shared/timing/backoff';
import { pause } from '../../../shared/timing/pause';
import { retryWhile } from '../../../shared/timing/retry';

const BACKOFF: Backoff = { minMs: 100, maxMs: 450 };
const away = new Error('away');

/** Work that fails this many times. */
const failing = (times: number, error = away) => {
  const attempts: number[] = [];
  const work = async (failures: number): Promise<string> => {
    attempts.push(failures);
    if (attempts.length <= times) throw error;
    return 'done';
  };
  return { work, attempts };
};

describe('toPauseMs', () => {
  it('doubles up to the longest pause, for any number of rounds', () => {
    expect([0, 1, 2, 3, 4, 1_000].map((rounds) => toPauseMs(BACKOFF, rounds))).toEqual([0, 100, 200, 400, 450, 450]);
  });
});

describe('retryWhile', () => {
  it('tries again with growing pauses until the work succeeds, and reports the number of the attempt', async () => {
    const { work, attempts } = failing(4);
    const pauses: number[] = [];
    const told: unknown[] = [];
    const outcome = await retryWhile(
      {
        retryable: () => true,
        onRetry: (error) => told.push(error),
        backoff: BACKOFF,
        pause: async (ms) => void pauses.push(ms),
      },
      work,
    );
    expect(outcome).toBe('done');
    expect(attempts).toEqual([0, 1, 2, 3, 4]);
    expect(pauses).toEqual([100, 200, 400, 450]);
    expect(told).toEqual([away, away, away, away]);
  });

  it('throws at once what is not retryable, without a report', async () => {
    const { work, attempts } = failing(1);
    const onRetry = jest.fn();
    await expect(retryWhile({ retryable: () => false, onRetry, backoff: BACKOFF, pause }, work)).rejects.toBe(away);
    expect(attempts).toEqual([0]);
    expect(onRetry).not.toHaveBeenCalled();
  });

  it('counts the failures for a limit of attempts', async () => {
    const { work, attempts } = failing(10);
    const options = {
      retryable: (_: unknown, failures: number) => failures < 3,
      backoff: { minMs: 0, maxMs: 0 },
      pause,
    };
    await expect(retryWhile(options, work)).rejects.toBe(away);
    expect(attempts).toEqual([0, 1, 2]);
  });

  it('wakes from a pause at once when it is stopped, and throws the last error without another attempt', async () => {
    const { work, attempts } = failing(10);
    const stopping = new AbortController();
    const { signal } = stopping;
    const long = { minMs: 3_600_000, maxMs: 3_600_000 };
    const outcome = retryWhile({ retryable: () => true, backoff: long, signal, pause }, work).catch((error) => error);
    await new Promise(setImmediate);
    stopping.abort();
    expect(await outcome).toBe(away);
    expect(attempts).toEqual([0]);
  });

  it('waits for the handler of an error before it pauses', async () => {
    const order: string[] = [];
    await retryWhile(
      {
        retryable: () => true,
        onRetry: async () => {
          await new Promise(setImmediate);
          order.push('told');
        },
        backoff: BACKOFF,
        pause: async () => void order.push('pause'),
      },
      failing(1).work,
    );
    expect(order).toEqual(['told', 'pause']);
  });
});
