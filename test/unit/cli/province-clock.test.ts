import { zoneErrorOf } from '../../../cli/doctor/province-clock';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("the doctor's finding about the province's clock", () => {
  it.each([
    ['nothing to compare', [], [], 0],
    ['replies a moment old', [-2000], [-500, -900], 0],
    ['a clock that is some minutes fast', [6 * MINUTE], [5 * MINUTE], 0],
    ['a time eight hours ahead', [8 * HOUR - 3000], [], 8 * HOUR],
    ['eight hours ahead, taken late', [], [7 * HOUR, 8 * HOUR - 4 * MINUTE], 8 * HOUR],
    ['five and a half hours ahead', [], [5.5 * HOUR - 1000], 5.5 * HOUR],
    ['all five hours late', [], Array(6).fill(-5 * HOUR - 2000), -5 * HOUR],
    ['an invalid time', [Number.POSITIVE_INFINITY, 600_000 * HOUR], [-1000], 0],
    ['one late reply', [], [-5 * HOUR], 0],
    ['a collector that stood still for some hours', [-3 * HOUR], [-3 * HOUR, -2 * HOUR, -HOUR, -HOUR, -2000], 0],
    ['replies that are all late, by no whole quarters', [], Array(6).fill(-(2 * HOUR + 9 * MINUTE)), 0],
  ])('is right for %s', (_, waiting, noted, expected) => expect(zoneErrorOf({ waiting, noted })).toBe(expected));
});
