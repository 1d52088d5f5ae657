import type { ArchiveOutcome } from '../../../services/archiver/archive-batch';
import { scheduleRuns } from '../../../services/archiver/archive-loop';
import { isDue } from '../../../services/archiver/core/is-due';
import { createCronTicks } from '../../../shared/timing/cron-ticks';

describe('createCronTicks', () => {
  const nightly = createCronTicks('30 1 * * *', 'Asia/Shanghai');
  const tick = Date.UTC(2026, 2, 1, 17, 30);

  it('reads the pattern in its time zone: 01:30 in Shanghai is 17:30 UTC the day before', () => {
    expect(nightly.nextTick(Date.UTC(2026, 2, 1, 0, 0))).toBe(tick);
  });
  it('returns the last moment, the present one included', () => {
    expect(nightly.lastTick(tick)).toBe(tick);
    expect(nightly.lastTick(tick - 1)).toBe(tick - 24 * 3_600_000);
    expect(nightly.lastTick(tick + 3_600_000)).toBe(tick);
  });
  it('runs once in the night when the clock skips the time, and once when the time comes twice', () => {
    const berlin = createCronTicks('30 2 * * *', 'Europe/Berlin');
    const ticksOf = (from: number, to: number) => {
      const ticks: number[] = [];
      for (let at = berlin.nextTick(from)!; at < to; at = berlin.nextTick(at)!) ticks.push(at);
      return ticks;
    };
    expect(ticksOf(Date.UTC(2026, 2, 28, 12), Date.UTC(2026, 2, 29, 12))).toHaveLength(1);
    expect(ticksOf(Date.UTC(2026, 9, 24, 12), Date.UTC(2026, 9, 25, 12))).toHaveLength(1);
  });
  it.each([
    ['61 * * * *', 'UTC'],
    ['nonsense', 'UTC'],
    ['30 1 * * *', 'Asia/Nowhere'],
    ['0 0 30 2 *', 'UTC'],
  ])('refuses %s in %s at the start', (pattern, zone) => {
    expect(() => createCronTicks(pattern, zone)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});

describe('isDue', () => {
  it('is true while no successful run has started since the last moment', () => {
    expect(isDue(1000, undefined)).toBe(true);
    expect(isDue(1000, { startedAt: 999 })).toBe(true);
    expect(isDue(1000, { startedAt: 1000 })).toBe(false);
    expect(isDue(undefined, undefined)).toBe(false);
  });
});

describe('scheduleRuns', () => {
  const failed = { kind: 'ran', run: { outcome: 'failed' } } as unknown as ArchiveOutcome;

  it('repeats a failed run with growing pauses, and makes up for a missed night at once', async () => {
    const pauses: number[] = [];
    const stopping = new AbortController();
    let runs = 0;
    await scheduleRuns(
      {
        lastTick: () => 1000,
        lastGoodRun: async () => (runs < 3 ? { startedAt: 10 } : { startedAt: 2000 }),
        run: async (dueSince) => {
          expect(dueSince).toBe(1000);
          runs += 1;
          return failed;
        },
        pause: async (ms) => {
          pauses.push(ms);
          if (pauses.length === 5) stopping.abort();
        },
        signal: stopping.signal,
        now: () => 1500,
        onOutcome: () => undefined,
        onProblem: () => undefined,
      },
      30_000,
    );
    expect(runs).toBe(3);
    expect(pauses).toEqual([60_000, 120_000, 240_000, 30_000, 30_000]);
  });
  it('survives an outage of the database, and checks again no later for it', async () => {
    const pauses: number[] = [];
    const troubles: unknown[] = [];
    const stopping = new AbortController();
    await scheduleRuns(
      {
        lastTick: () => 1000,
        lastGoodRun: async () => {
          throw new Error('away');
        },
        run: async () => failed,
        pause: async (ms) => {
          pauses.push(ms);
          if (pauses.length === 3) stopping.abort();
        },
        signal: stopping.signal,
        now: () => 1500,
        onOutcome: () => undefined,
        onProblem: (error) => troubles.push(error),
      },
      1000,
    );
    expect(troubles).toHaveLength(3);
    expect(pauses).toEqual([1000, 1000, 1000]);
  });
});
