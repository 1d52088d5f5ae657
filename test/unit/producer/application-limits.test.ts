import fc from 'fast-check';
import { type Allowance, take } from '../../../services/producer/core/allowance';
import { createApplicationLimits } from '../../../services/producer/core/application-limits';

describe('an allowance', () => {
  it('never gives more than its rate, its burst and one cost, and always gives again after the wait', () => {
    const steps = fc.array(fc.record({ cost: fc.nat(50), pauseMs: fc.nat(3_000) }), { maxLength: 50 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 20 }), (all, perSecond) => {
        const refill = { perSecond, burst: perSecond };
        let allowance: Allowance | undefined;
        let now = 1_000;
        let given = 0;
        let largest = 0;
        for (const { cost, pauseMs } of all) {
          now += pauseMs;
          const taken = take(allowance, refill, cost, now);
          allowance = taken.allowance;
          if (taken.waitSeconds === 0) {
            given += cost;
            largest = Math.max(largest, cost);
          } else {
            expect(take(allowance, refill, 0, now + taken.waitSeconds * 1000 + 1).waitSeconds).toBe(0);
          }
          expect(given).toBeLessThanOrEqual(perSecond * ((now - 1_000) / 1000 + 1) + largest + 0.001);
        }
      }),
    );
  });

  it('is not harmed by a clock that goes back', () => {
    const { allowance } = take(undefined, { perSecond: 1, burst: 1 }, 1, 10_000);
    expect(take(allowance, { perSecond: 1, burst: 1 }, 1, 5_000).waitSeconds).toBe(1);
    expect(take(allowance, { perSecond: 1, burst: 1 }, 1, 12_000).waitSeconds).toBe(0);
  });
});

describe('the limits of applications', () => {
  const open = (rates = { messagesPerSecond: 1_000, bytesPerSecond: 10_000, aheadPerHour: 2 }) => {
    let now = 0;
    const limits = createApplicationLimits(
      () => rates,
      () => now,
    );
    return { limits, pass: (ms: number) => (now += ms) };
  };

  it('let a batch through that is larger than the rate, and the next one when it is paid', () => {
    const { limits, pass } = open();
    expect(limits.takeMessages('billing', 2_999)).toBeUndefined();
    expect(limits.takeMessages('billing', 1)).toMatchObject({ limit: 'messages', retryAfterSeconds: 2 });
    expect(limits.usedUp('billing')).toMatchObject({ limit: 'messages', message: expect.stringContaining('1000') });
    expect(limits.takeMessages('portal', 1)).toBeUndefined();
    pass(1_999);
    expect(limits.usedUp('billing')).toBeDefined();
    pass(2);
    expect(limits.usedUp('billing')).toBeUndefined();
  });

  it('count bytes and cancellations of unknown ids apart', () => {
    const { limits, pass } = open();
    expect(limits.takeBytes('billing', 19_999)).toBeUndefined();
    expect(limits.usedUp('billing')).toMatchObject({ limit: 'bytes', retryAfterSeconds: 1 });
    expect(limits.takeMessages('billing', 1)).toBeUndefined();
    expect([limits.takeAhead('billing'), limits.takeAhead('billing')]).toEqual([undefined, undefined]);
    expect(limits.takeAhead('billing')).toMatchObject({ limit: 'ahead' });
    pass(1_800_000);
    expect(limits.takeAhead('billing')).toBeUndefined();
  });

  it('do not exist with 0', () => {
    const { limits } = open({ messagesPerSecond: 0, bytesPerSecond: 0, aheadPerHour: 0 });
    for (let round = 0; round < 100; round += 1) {
      expect(limits.takeMessages('billing', 1e9)).toBeUndefined();
      expect(limits.takeBytes('billing', 1e9)).toBeUndefined();
      expect(limits.takeAhead('billing')).toBeUndefined();
    }
  });
});
