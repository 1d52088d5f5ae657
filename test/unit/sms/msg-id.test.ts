import { createMsgIds } from '../../../services/exchange-relay/sql/msg-ids';
import { isCutMsgId, MSG_ID_LENGTH, spellingsOf } from '../../../shared/sms/msg-id';

const NOW = Date.UTC(2026, 10, 30);
const ids = (count: number, now = () => NOW): string[] => {
  const next = createMsgIds(now);
  return Array.from({ length: count }, next);
};

describe('MSG_ID', () => {
  it('has 20 digits and capital letters, ascending and unique, also when the clock goes back', () => {
    let clock = NOW;
    const made = ids(5_000, () => {
      clock -= 1;
      return clock;
    });
    expect(made.every((id) => /^[0-9A-HJKMNP-TV-Z]{20}$/.test(id))).toBe(true);
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
  });

  it('begins with the time, so that it ascends across processes too', () => {
    const [before] = ids(1, () => NOW - 1);
    const [after] = ids(1);
    expect(before! < after!).toBe(true);
    expect(after!.startsWith(ids(1)[0]!.slice(0, 11))).toBe(true);
  });

  it('cannot be guessed: two processes make different ones in one moment', () => {
    const ends = Array.from({ length: 500 }, () => ids(1)[0]!.slice(11));
    expect(new Set(ends).size).toBe(ends.length);
    expect(new Set(ends.join('')).size).toBe(32);
  });

  it('is unique within a process by its first 12 characters', () => {
    const made = ids(20_000);
    expect(new Set(made.map((id) => id.slice(0, 12))).size).toBe(made.length);
  });

  it('is recognised when it is cut, and nothing else is', () => {
    const [id = ''] = ids(1);
    for (let length = 12; length < MSG_ID_LENGTH; length += 1) expect(isCutMsgId(id.slice(0, length), NOW)).toBe(true);
    const others = [
      id,
      id.slice(0, 11),
      'bill-4711',
      'BILL47110000',
      '202611301234',
      '1'.repeat(15),
      'OUTAGE202611',
      '',
    ];
    for (const text of [...others, id.slice(0, 16).toLowerCase()])
      expect([text, isCutMsgId(text, NOW)]).toEqual([text, false]);
    const [tomorrow = ''] = ids(1, () => NOW + 86_400_000);
    expect(isCutMsgId(tomorrow.slice(0, 16), NOW)).toBe(false);
  });

  it('may return in upper or lower case', () => {
    expect(spellingsOf('1kabc')).toEqual(['1kabc', '1KABC']);
    expect(spellingsOf('1KABC')).toEqual(['1KABC']);
  });
});
