import fc from 'fast-check';
import { isTimeZone, toZone } from '../../../shared/exchange/time-zone';

const at = (text: string): number => Date.parse(`${text}Z`);
const [FROM, TO] = [at('2021-01-01T00:00:00'), at('2049-12-01T00:00:00')];

describe('the clock of a time zone', () => {
  it.each([
    ['Asia/Shanghai', '2026-11-24T08:00:00', '2026-11-24T16:00:00'],
    ['+08:00', '2026-11-24T08:00:00', '2026-11-24T16:00:00'],
    ['-03:30', '2026-11-24T02:00:00', '2026-11-23T22:30:00'],
    ['UTC', '2026-11-24T08:00:00', '2026-11-24T08:00:00'],
    ['Asia/Kathmandu', '2026-11-24T08:00:00', '2026-11-24T13:45:00'],
    ['Europe/Berlin', '2026-07-01T08:00:00', '2026-07-01T10:00:00'],
    ['Europe/Berlin', '2026-12-01T08:00:00', '2026-12-01T09:00:00'],
    ['America/New_York', '2026-07-01T08:00:00', '2026-07-01T04:00:00'],
  ])('converts for %s %s (UTC) to %s and back', (timeZone, moment, wall) => {
    const zone = toZone(timeZone);
    expect(zone.toWall(at(moment))).toBe(at(wall));
    expect(zone.toInstant(at(wall))).toBe(at(moment));
  });

  it.each([
    // shown twice: standard time is meant
    ['Europe/Berlin', '2026-10-25T02:30:00', '2026-10-25T01:30:00'],
    ['America/New_York', '2026-11-01T01:30:00', '2026-11-01T06:30:00'],
    ['Australia/Sydney', '2026-04-05T02:30:00', '2026-04-04T16:30:00'],
    // skipped: read as if the clock had not been put forward
    ['Europe/Berlin', '2026-03-29T02:30:00', '2026-03-29T01:30:00'],
    ['America/New_York', '2026-03-08T02:30:00', '2026-03-08T07:30:00'],
    ['Australia/Lord_Howe', '2026-10-04T02:15:00', '2026-10-03T15:45:00'],
  ])('of %s converts %s to %s (UTC)', (timeZone, wall, moment) => {
    expect(toZone(timeZone).toInstant(at(wall))).toBe(at(moment));
  });

  it.each([
    'Asia/Shanghai',
    'Europe/Berlin',
    'America/Sao_Paulo',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    '+05:45',
  ])('of %s converts back and forth, except in the repeated hour', (timeZone) => {
    const zone = toZone(timeZone);
    fc.assert(
      fc.property(fc.integer({ min: FROM, max: TO }), (ms) => {
        const again = zone.toInstant(zone.toWall(ms));
        return again === ms || zone.toWall(again) === zone.toWall(ms);
      }),
    );
  });

  it('leaves times unchanged that are in no calendar', () => {
    for (const zone of [toZone('Asia/Shanghai'), toZone('Europe/Berlin')])
      for (const ms of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) expect(zone.toInstant(ms)).toBe(ms);
    for (const ms of [-8.64e15, 8.64e15, -62_135_596_800_000])
      expect(Number.isFinite(toZone('Europe/Berlin').toInstant(ms))).toBe(true);
  });

  it("is an offset to Oracle where it never changes, and never west of Greenwich by PostgreSQL's sign", () => {
    expect(toZone('Asia/Shanghai')).toMatchObject({ oracle: '+08:00', postgres: '<+08:00>-08:00' });
    expect(toZone('-03:30')).toMatchObject({ oracle: '-03:30', postgres: '<-03:30>+03:30' });
    expect(toZone('UTC')).toMatchObject({ oracle: '+00:00', postgres: 'UTC' });
    expect(toZone('Europe/Berlin')).toMatchObject({ oracle: 'Europe/Berlin', postgres: 'Europe/Berlin' });
  });

  it.each([
    ['Asia/Shanghai', true],
    ['PRC', true],
    ['Etc/GMT-8', true],
    ['+08:00', true],
    ['-12:00', true],
    ['+8', false],
    ['+0800', false],
    ['+15:00', false],
    ['+08:60', false],
    ['Beijing', false],
    ["UTC'; DROP TABLE x --", false],
    ['', false],
  ])('accepts %p: %p', (text, expected) => expect(isTimeZone(text)).toBe(expected));
});
