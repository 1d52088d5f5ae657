import { watchVital } from '../../../shared/timing/watch-vital';

describe('whether a server works', () => {
  let now = 0;
  let probes = 0;
  let fault: string | undefined;
  const create = () =>
    watchVital(
      async () => {
        probes += 1;
        if (fault !== undefined) throw new Error(fault);
      },
      () => now,
    );
  beforeEach(() => {
    now = 0;
    probes = 0;
    fault = undefined;
  });

  it('is probed once in 4 s, and not while work succeeds', async () => {
    const vital = create();
    for (; now < 8_000; now += 1_000) await vital.check();
    expect(probes).toBe(2);
    for (; now < 20_000; now += 1_000) {
      vital.worked();
      await vital.check();
    }
    expect(probes).toBe(2);
  });

  it('is probed at each check while there is a problem, which goes with the next success', async () => {
    const vital = create();
    fault = 'away';
    for (; now < 3_000; now += 1_000) await vital.check();
    expect([probes, vital.problem()]).toEqual([3, 'away']);
    fault = undefined;
    await vital.check();
    expect(vital.problem()).toBeUndefined();
    fault = 'away';
    now += 4_000;
    await vital.check();
    expect(vital.problem()).toBe('away');
    vital.worked();
    expect(vital.problem()).toBeUndefined();
  });

  it('is known to work when work succeeded while a probe failed', async () => {
    let fail: (error: Error) => void = () => undefined;
    const vital = watchVital(
      () =>
        new Promise((_, reject) => {
          fail = reject;
        }),
      () => now,
    );
    const checked = vital.check();
    now = 1;
    vital.worked();
    fail(new Error('late'));
    await checked;
    expect(vital.problem()).toBeUndefined();
  });

  it('is asked by one probe at a time, which has 3 s', async () => {
    jest.useFakeTimers();
    const vital = watchVital(() => {
      probes += 1;
      return new Promise(() => undefined);
    });
    const checks = [vital.check(), vital.check()];
    await jest.advanceTimersByTimeAsync(3_000);
    await Promise.all(checks);
    jest.useRealTimers();
    expect([probes, vital.problem()]).toEqual([1, 'no answer within 3000 ms']);
  });
});
