import { createClock, loadClock } from '../../../cli/connect/load-clock';
import { toEnvironment } from '../../../cli/shared-options';
import { timeZone } from '../../../cli/time-zone';
import { parseMoment } from '../../../shared/sms/moment';

const EIGHT_IN_CHINA = Date.UTC(2026, 11, 1);

it('the clock is that of --time-zone, of ARCHIVE_TIME_ZONE, or of China, never of the computer', () => {
  expect(process.env.TZ).toBe('UTC');
  expect(loadClock({}).show(EIGHT_IN_CHINA)).toBe('2026-12-01 08:00:00.000');
  expect(loadClock({ ARCHIVE_TIME_ZONE: 'UTC' }).show(EIGHT_IN_CHINA)).toBe('2026-12-01 00:00:00.000');
  const env = toEnvironment({ timeZone: '+09:30' }, { ARCHIVE_TIME_ZONE: 'UTC' });
  expect(loadClock(env).show(EIGHT_IN_CHINA)).toBe('2026-12-01 09:30:00.000');
});

it('what it shows it reads, also across daylight saving', () => {
  const clock = createClock('Europe/Berlin');
  for (const ms of [Date.UTC(2026, 0, 15, 12, 34), Date.UTC(2026, 6, 15, 12, 34)])
    expect(parseMoment(clock.show(ms), clock.toInstant)).toBe(ms);
});

it('shows a time that no calendar has as its number', () => {
  expect(createClock('Asia/Shanghai').show(9e15)).toBe('9000000000000000');
});

it('refuses a zone that does not exist', () => {
  expect(() => loadClock({ ARCHIVE_TIME_ZONE: 'Asia/Bejing' })).toThrow(/ARCHIVE_TIME_ZONE: must be a name/);
  expect(() => timeZone('Asia/Bejing')).toThrow(/must be a name/);
  expect(timeZone('+08:00')).toBe('+08:00');
});
