import { pause } from '../../../shared/timing/pause';
import { adaptivePace, fixedPace, type Pace, pollUntilStopped } from '../../../shared/timing/poll';

/** Polls through these rounds (a number: rows found; an error: thrown) and lists the pauses. */
const pausesOf = async (rounds: readonly (number | Error)[], pace: Pace) => {
  const stopping = new AbortController();
  const left = [...rounds];
  const pauses: number[] = [];
  const errors: unknown[] = [];
  await pollUntilStopped({
    work: async () => {
      const round = left.shift() ?? 0;
      if (left.length === 0) stopping.abort();
      if (round instanceof Error) throw round;
      return round > 0;
    },
    onError: (error) => errors.push(error),
    pace,
    signal: stopping.signal,
    pause: async (ms) => void pauses.push(ms),
  });
  return { pauses, errors };
};

describe('pollUntilStopped', () => {
  const away = new Error('away');

  it('continues at once after work, and pauses longer and longer without work or on failure', async () => {
    const pace = adaptivePace({ minMs: 20, maxMs: 60 }, { minMs: 200, maxMs: 5_000 });
    const { pauses, errors } = await pausesOf([3, 1, 0, 0, 0, away, away, 0, 2, 0], pace);
    expect(pauses).toEqual([20, 40, 60, 200, 400, 60, 20]);
    expect(errors).toEqual([away, away]);
  });

  it('pauses equally after a failure and without work at a fixed pace', async () => {
    expect((await pausesOf([1, 0, away, away, 1, 0], fixedPace(30))).pauses).toEqual([30, 30, 30, 30]);
  });

  it('reports the rounds in a row that found nothing or failed', async () => {
    const seen: unknown[] = [];
    await pausesOf([0, 0, away, away, 0, 1], (streak) => {
      seen.push([streak.idle, streak.failed]);
      return 0;
    });
    expect(seen).toEqual([
      [1, 0],
      [2, 0],
      [2, 1],
      [2, 2],
      [3, 0],
      [0, 0],
    ]);
  });

  it('waits for the handler of an error', async () => {
    const stopping = new AbortController();
    const order: string[] = [];
    await pollUntilStopped({
      work: async () => {
        throw away;
      },
      onError: async () => {
        await new Promise(setImmediate);
        order.push('told');
      },
      pace: () => 5,
      signal: stopping.signal,
      pause: async () => {
        order.push('pause');
        stopping.abort();
      },
    });
    expect(order).toEqual(['told', 'pause']);
  });

  it('wakes from a pause at once when it is stopped, and runs no further round', async () => {
    const stopping = new AbortController();
    let rounds = 0;
    const polling = pollUntilStopped({
      work: async () => {
        rounds += 1;
        return false;
      },
      onError: () => undefined,
      pace: fixedPace(3_600_000),
      signal: stopping.signal,
      pause,
    });
    await new Promise(setImmediate);
    stopping.abort();
    await polling;
    expect(rounds).toBe(1);
  });

  it('does nothing when it was stopped before', async () => {
    await pollUntilStopped({
      work: async () => {
        throw new Error('not to be called');
      },
      onError: (error) => {
        throw error;
      },
      pace: () => 0,
      signal: AbortSignal.abort(),
      pause,
    });
  });
});
