import { fitInbound } from '../../../services/report-collector/sql/fit-inbound';

const utf8 = (text: string): number => Buffer.byteLength(text);
/** As in GBK: two bytes for all but ASCII. */
const gbk = (text: string): number => [...text].reduce((sum, letter) => sum + (letter < '\x80' ? 1 : 2), 0);

describe('a received text in a column of 4000 bytes', () => {
  it.each([
    ['x'.repeat(4000), utf8],
    ['好'.repeat(1333), utf8],
    ['好'.repeat(2000), gbk],
    ['', utf8],
  ])('is whole when it fits (%#)', (text, byteLength) => {
    expect(fitInbound(text, byteLength)).toBe(text);
  });

  it.each([
    ['x'.repeat(4001), utf8],
    ['好'.repeat(1334), utf8],
    ['好'.repeat(4000), gbk],
    ['👍'.repeat(1001), utf8],
    [`${'a'.repeat(3)}${'👍'.repeat(1500)}`, utf8],
  ])('is marked at its end when it is cut, between two characters (%#)', (text, byteLength) => {
    const kept = fitInbound(text, byteLength);
    const [, beginning = '', number, total] = /^(.*) \[cut here: (\d+) of (\d+) characters\]$/su.exec(kept) ?? [];
    expect(byteLength(kept)).toBeLessThanOrEqual(4000);
    expect(byteLength(kept)).toBeGreaterThan(3990);
    expect([text.startsWith(beginning), [...beginning].length, [...text].length]).toEqual([
      true,
      Number(number),
      Number(total),
    ]);
  });
});
