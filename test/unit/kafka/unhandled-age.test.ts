import { createUnhandledAge, problemOfUnhandled } from '../../../shared/kafka/unhandled-age';

const AT = { topic: 't', partition: 1 };

describe('the age of the oldest unhandled record', () => {
  it('counts from when the log grew beyond the handled offset', () => {
    const ageOf = createUnhandledAge();
    const look = (handled: number, end: number, now: number) =>
      ageOf([{ ...AT, handled, stableEnd: end, end }], now)[0]?.ageMs;
    expect(look(10, 10, 0)).toBeUndefined();
    expect(look(10, 12, 1_000)).toBe(0);
    expect(look(10, 15, 5_000)).toBe(4_000);
    expect(look(11, 15, 6_000)).toBe(5_000);
    // offsets 12 to 14 came between 1,000 and 5,000
    expect(look(12, 15, 7_000)).toBe(2_000);
    expect(look(15, 15, 8_000)).toBeUndefined();
    expect(look(15, 16, 9_000)).toBe(0);
  });

  it('stays right for hours of a growing log, with little memory', () => {
    const ageOf = createUnhandledAge();
    const times = Array.from({ length: 20_000 }, (_, second) => second * 1_000);
    const ages = times.map((now) => ageOf([{ ...AT, handled: 0, stableEnd: 1, end: 1 + now / 1_000 }], now)[0]?.ageMs);
    expect(ages).toEqual(times);
  });

  it('is a problem after a minute; an open transaction after ten seconds, and by its name', () => {
    const late = { ...AT, handled: 5, stableEnd: 9, end: 9 };
    expect(problemOfUnhandled([{ ...late, ageMs: 59_000 }])).toBeUndefined();
    expect(problemOfUnhandled([{ ...late, ageMs: 61_000 }])).toBe(
      't/1: the oldest record that is not handled, at offset 5, waits for 61 s',
    );
    const held = { ...AT, partition: 2, handled: 5, stableEnd: 5, end: 9 };
    expect(problemOfUnhandled([{ ...held, ageMs: 9_000 }])).toBeUndefined();
    expect(
      problemOfUnhandled([
        { ...late, ageMs: 61_000 },
        { ...held, ageMs: 11_000 },
      ]),
    ).toMatch(/^t\/2: last stable offset 4 behind for 11 s: a publisher's transaction is open/);
  });
});
