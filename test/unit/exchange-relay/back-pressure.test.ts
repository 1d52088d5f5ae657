import { shouldThrottle } from '../../../services/exchange-relay/core/back-pressure';

const marks = { highRows: 100, lowRows: 50, highAgeMs: 1000, lowAgeMs: 500 };

describe('back-pressure of the exchange table', () => {
  it.each([
    [false, 100, 0, false],
    [false, 101, 0, true],
    [false, 1, 1001, true],
    [true, 51, 0, true],
    [true, 50, 501, true],
    [true, 50, 500, false],
  ])('is, at rest %s with %i rows, the oldest %i ms old: %s', (resting, rows, oldestMs, expected) => {
    expect(shouldThrottle(resting, { rows, oldestMs }, marks)).toBe(expected);
  });
});
