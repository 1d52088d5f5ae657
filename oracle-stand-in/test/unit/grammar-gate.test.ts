import { createHastyCheck, createStatementCheck } from '../../grammar/check-statement';
import { KNOWN_GAPS } from '../../grammar/known-gaps';
import { splitScript } from '../../grammar/split-script';
import { VALID_STATEMENTS } from '../../grammar/valid-statements';
import { WRONG_STATEMENTS } from '../../grammar/wrong-statements';

// The grammar takes seconds for a new statement; its results stay in node_modules/.cache.
jest.setTimeout(120_000);

const check = createStatementCheck();

describe('the grammar gate', () => {
  it('has a corpus with enough wrong statements', () => {
    expect(WRONG_STATEMENTS.length).toBeGreaterThanOrEqual(40);
  });

  it.each(WRONG_STATEMENTS)('refuses: %s', async (_name, sql) => {
    expect(await check(sql)).toEqual({ number: expect.any(Number), message: expect.any(String) });
  });

  it.each(VALID_STATEMENTS)('passes: %s', async (_name, sql) => {
    expect(await check(sql)).toBeUndefined();
  });

  it('passes a statement that the grammar does not know only by its exact text', async () => {
    for (const [sql, reason] of KNOWN_GAPS) {
      expect(reason).toMatch(/SQL Reference/);
      expect(await check(sql)).toBeUndefined();
      expect(await check(sql.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)))).toBeDefined();
    }
  });

  it.each([
    ['SELECT ID FROM T ORDER BY ID FETCH FIRST 5 ROWS ONLY FOR UPDATE', 2014],
    ['SELECT * FROM (SELECT ID FROM T FOR UPDATE) WHERE ROWNUM <= 5', 907],
    ['SELECT ID FROM T LIMIT 10', 933],
    ['INSERT INTO T (A) VALUES (1) ON CONFLICT DO NOTHING', 933],
    ['CREATE TABLE T (A TEXT)', 902],
    ['SELECT 1', 923],
    ['FROBNICATE T', 900],
  ])('answers %s with ORA-%s', async (sql, number) => {
    expect(await check(sql)).toMatchObject({ number });
  });
});

describe('a statement with a list of a thousand binds', () => {
  const list = (count: number): string => Array.from({ length: count }, (_, at) => `:a${at + 1}`).join(', ');

  it('costs the parser no more than one with two, and is checked as well', async () => {
    const parsed: string[] = [];
    const recording = createStatementCheck(async (sql) => {
      parsed.push(sql);
      return [];
    });
    expect(await recording(`SELECT A FROM T WHERE A IN (${list(1000)}) OR B IN (:b)`)).toBeUndefined();
    expect(parsed).toEqual(['SELECT A FROM T WHERE A IN (:x1, :x2) OR B IN (:b)']);
    expect(await check(`SELECT A FROM T WHERE A IN (${list(1001)})`)).toMatchObject({ number: 1795 });
    expect(await check(`SELECT A FROM T WHERE A IN (${list(100)}`)).toBeDefined();
    expect(await check(`SELECT A FROM T WHERE A IN (${list(100)}) LIMIT 1`)).toMatchObject({ number: 933 });
  });
});

describe('the gate that does not wait', () => {
  const WRONG = 'SELECT A FROM T WHERE (A = 1';

  it('passes what the lint accepts, and later reports and refuses what the grammar rejects', async () => {
    let report: (text: string) => void = () => undefined;
    const reported = new Promise<string>((resolve) => {
      report = resolve;
    });
    const hasty = createHastyCheck((text) => report(text));
    expect(await hasty('SELECT A FROM T LIMIT 1')).toMatchObject({ number: 933 });
    expect(await hasty('SELECT A FROM T')).toBeUndefined();
    expect(await hasty(WRONG)).toBeUndefined();
    expect(await reported).toContain(WRONG);
    expect(await hasty(WRONG)).toMatchObject({ number: (await check(WRONG))?.number });
    expect(await hasty('SELECT A FROM T')).toBeUndefined();
  });
});

describe('a script for SQL*Plus', () => {
  it('is split as SQL*Plus sends it', () => {
    const script = [
      'SET ECHO ON',
      'PROMPT tables; and more',
      '-- a comment; with a semicolon',
      'CREATE TABLE T (',
      '  A NUMBER',
      ');',
      'CREATE OR REPLACE TRIGGER T_TRG BEFORE INSERT ON T FOR EACH ROW',
      'BEGIN',
      '  :NEW.A := 1;',
      'END;',
      '/',
      'GRANT SELECT ON T TO A;',
      'EXIT',
    ].join('\n');
    expect(splitScript(script)).toEqual([
      '-- a comment; with a semicolon\nCREATE TABLE T (\n  A NUMBER\n)',
      'CREATE OR REPLACE TRIGGER T_TRG BEFORE INSERT ON T FOR EACH ROW\nBEGIN\n  :NEW.A := 1;\nEND;',
      'GRANT SELECT ON T TO A',
    ]);
  });
});
