import { parseMoment } from '../../../shared/sms/moment';

const EIGHT = Date.UTC(2026, 11, 1);

describe('moments as text', () => {
  it.each([
    ['2026-12-01T08:00+08:00', EIGHT],
    ['2026-12-01T08:00:00+0800', EIGHT],
    ['2026-12-01T08:00+08', EIGHT],
    ['2026-12-01T00:00Z', EIGHT],
    ['2026-12-01t00:00:00z', EIGHT],
    ['2026-12-01T08:00+08:00[Asia/Shanghai]', EIGHT],
    ['2026-12-01T00:00:00Z[UTC]', EIGHT],
    ['2026-12-01T08:00:00.123456789+08:00', EIGHT + 123],
    ['2026-12-01 08:00:00,5 +0800', EIGHT + 500],
    ['2028-02-29T00:00Z', Date.UTC(2028, 1, 29)],
    ['2026-12-01T08:00', undefined],
    ['2026-12-01T08:00[Asia/Shanghai]', undefined],
    ['2026-02-30T00:00Z', undefined],
    ['2026-13-01T00:00Z', undefined],
    ['2026-12-01T25:00Z', undefined],
    ['2026-12-01', undefined],
    ['1796083200', undefined],
    ['tomorrow', undefined],
    [' 2026-12-01T08:00+08:00\n', EIGHT],
    ['2026-12-01T08:00:00.000+0000', EIGHT + 8 * 3_600_000],
    ['20261201080000', undefined],
    ['2026/12/01 08:00', undefined],
    ['2026-12-01T08:00:00+08:00:00', undefined],
    ['Tue Dec 01 08:00:00 CST 2026', undefined],
  ])('parse %s', (text, ms) => {
    expect(parseMoment(text)).toBe(ms);
  });

  it('without a zone are read as the caller wants it, others as they are', () => {
    const inChina = (wallMs: number): number => wallMs - 8 * 3_600_000;
    expect(parseMoment('2026-12-01 08:00', inChina)).toBe(Date.UTC(2026, 11, 1));
    expect(parseMoment('2026-12-01 08:00Z', inChina)).toBe(Date.UTC(2026, 11, 1, 8));
    expect(parseMoment('2026-12-01 08:00+01', inChina)).toBe(Date.UTC(2026, 11, 1, 7));
  });
});
