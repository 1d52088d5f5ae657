import { toMs, toText } from '../../../services/report-collector/sql/oracle-values';

const AT = new Date('2026-11-24T02:00:00Z');

describe("values of the province's columns on Oracle", () => {
  const text = toText('CLIENT_SMS_RECV', 'CONTENT');
  const ms = toMs('CLIENT_SMS_RECV', 'RECV_TIME');

  it('are texts, numbers, times and bytes', () => {
    expect([null, undefined, 'x', '', 7, 7n, true, AT, Buffer.from('az')].map(text)).toEqual([
      null,
      null,
      'x',
      '',
      '7',
      '7',
      'true',
      '2026-11-24T02:00:00.000Z',
      '617a',
    ]);
    expect(text(new Date(Number.NaN))).toBe('Invalid Date');
    expect([null, AT, new Date(Number.NaN)].map(ms)).toEqual([null, AT.getTime(), Number.NaN]);
  });

  it.each([
    ['a LOB, an object, an interval', { days: 1 }],
    ['JSON', [1]],
    ['a vector', new Float32Array(2)],
    ['anything else', Symbol('x')],
  ])('do not become texts: %s', (_what, value) => {
    for (const read of [text, ms])
      expect(() => read(value)).toThrow(/^CLIENT_SMS_RECV\.(CONTENT|RECV_TIME) has a type/);
  });

  it('do not take a text for a time', () => {
    expect(() => ms('2026-11-24')).toThrow(/RECV_TIME/);
  });
});
