import { bindText, bindTexts, type Cell, splitNamedTexts } from '../../../shared/database/oracle/oracle-texts';
import { type CharacterSet, oracleCharacterSet } from '../../../shared/sms/character-set';

const setOf = (name: string): CharacterSet => oracleCharacterSet(name) as CharacterSet;
const INSERT = `INSERT INTO T (ID, CONTENT, AT) VALUES (:1, :2, :3)`;
const LIMITS = [64, 4000, undefined];

const bind = (content: string | null, set = 'AL32UTF8') =>
  bindTexts(INSERT, [['a', content, new Date(0)] as Cell[]], LIMITS, setOf(set));

describe('the declared sizes of texts', () => {
  it.each([
    ['a', 256],
    ['a'.repeat(256), 256],
    ['a'.repeat(257), 1000],
    ['中'.repeat(333), 1000],
    ['中'.repeat(334), 2000],
    ['a'.repeat(1000), 1000],
    ['😀'.repeat(1000), 4000],
    [null, 256],
  ])('are few: case %#', (content, size) => {
    const bound = bind(content);
    expect(bound.sizes).toEqual([64, size, 0]);
    expect(bound.sql).toBe(INSERT);
  });

  it('follow the longest of all rows', () => {
    const rows = ['a', '中'.repeat(500), 'b'].map((content) => [content, content, null]);
    expect(bindTexts(INSERT, rows, LIMITS, setOf('AL32UTF8')).sizes).toEqual([64, 2000, 0]);
  });

  it.each([
    ['ZHS16GBK', 667, 2],
    ['ZHS16GBK', 1000, 2],
    ['ZHS16GBK', 2000, 4],
    ['ZHS32GB18030', 400, 2],
    ['ZHS32GB18030', 1000, 4],
  ])('split a text that would be too long after the conversion: %s, %i characters', (name, letters, pieces) => {
    const text = '中'.repeat(letters);
    const growth = setOf(name).growth;
    const bound = bind(text, name);
    expect(bound.rows[0]?.slice(1, -1).join('')).toBe(text);
    expect(bound.rows[0]).toHaveLength(2 + pieces);
    expect(bound.columns).toEqual([0, ...Array(pieces).fill(1), 2]);
    for (const [at, value] of (bound.rows[0] ?? []).entries()) {
      if (typeof value !== 'string') continue;
      expect(Buffer.byteLength(value)).toBeLessThanOrEqual(bound.sizes[at] as number);
      expect((bound.sizes[at] as number) * growth).toBeLessThanOrEqual(4000);
    }
    const joined = Array.from({ length: pieces }, (_, piece) => `:${2 + piece * 100}`).join(' || ');
    expect(bound.sql).toBe(`INSERT INTO T (ID, CONTENT, AT) VALUES (:1, (${joined}), :3)`);
  });

  it('bind short rows beside long ones whole, and NULL as NULL', () => {
    const rows = [
      ['a', '中'.repeat(900), null],
      ['b', 'short', null],
      ['c', null, null],
    ] as Cell[][];
    const bound = bindTexts(INSERT, rows, LIMITS, setOf('ZHS16GBK'));
    expect(bound.rows.slice(1)).toEqual([
      ['b', 'short', null, null],
      ['c', null, null, null],
    ]);
  });

  it('cut between characters, and leave literals of the statement unchanged', () => {
    const sql = `UPDATE T SET AT = TO_DATE('10:2', 'HH24:MI'), CONTENT = :1 WHERE ID = :2`;
    const text = `a${'中'.repeat(800)}`;
    const bound = bindTexts(sql, [[text, 'x']], [4000, 64], setOf('ZHS16GBK'));
    expect(bound.sql).toBe(`UPDATE T SET AT = TO_DATE('10:2', 'HH24:MI'), CONTENT = (:1 || :101) WHERE ID = :2`);
    expect(bound.rows[0]?.slice(0, 2).join('')).toBe(text);
    expect(bound.rows[0]?.every((one) => !String(one).includes('\ufffd'))).toBe(true);
  });

  it('never let a text pass that the server would change or that is too long there, and show none of it', () => {
    const refusal = (content: string): Error => {
      try {
        bind(content, 'ZHS16GBK');
      } catch (error) {
        return error as Error;
      }
      throw new Error('it was bound');
    };
    expect(refusal('secret 😀')).toMatchObject({ code: 'DB_DATA', retryable: false });
    expect(refusal('secret 😀').message).toMatch(/U\+1F600.*ZHS16GBK/);
    expect(refusal('中'.repeat(2001)).message).toMatch(/4002 bytes.*4000/);
    expect(refusal('secret 😀').message).not.toContain('secret');
    expect(bind('中'.repeat(2000), 'ZHS16GBK').rows).toHaveLength(1);
  });

  it('find nothing for a text that the server cannot hold, and change nothing', () => {
    const gbk = setOf('ZHS16GBK');
    expect(bindText('SELECT * FROM T WHERE ID = :1', gbk)('😀')).toBeNull();
    expect(bindText('SELECT * FROM T WHERE ID = :1', gbk)('中')).toBe('中');
    expect(() => bindText('UPDATE T SET ID = :1', gbk)('😀')).toThrow(/U\+1F600/);
    expect(bindText('UPDATE T SET ID = :1', setOf('AL32UTF8'))('😀')).toBe('😀');
  });

  it('work for the named texts of one statement too', () => {
    const sql = 'INSERT INTO T (ID, CONTENT, CONTEXT, AT) VALUES (:id, :content, :content2, :now)';
    const content = '中'.repeat(1000);
    const bound = splitNamedTexts(sql, { id: 'a', content, content2: 'short', now: 1 }, setOf('ZHS16GBK'));
    expect(bound.sql).toBe(sql.replace(':content,', '(:content || :content_2),'));
    expect(Object.keys(bound.values)).toEqual(['id', 'content', 'content2', 'now', 'content_2']);
    expect(`${bound.values.content}${bound.values.content_2}`).toBe(content);
    for (const value of Object.values(bound.values)) expect(Buffer.byteLength(String(value))).toBeLessThanOrEqual(2000);
    expect(splitNamedTexts(sql, { content }, setOf('AL32UTF8'))).toEqual({ sql, values: { content } });
  });
});
