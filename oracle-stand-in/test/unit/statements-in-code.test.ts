// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the test reads code as text
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findPackageRoot } from '../../../shared/avro/load-schemas';
import { createStatementCheck } from '../../grammar/check-statement';
import examples from '../../grammar/examples.json';
import { KNOWN_GAPS } from '../../grammar/known-gaps';
import { findStatementsInCode, isMadeOf } from '../../grammar/statements-in-code';

// The grammar takes seconds for a new statement.
jest.setTimeout(300_000);

const inCode = findStatementsInCode(findPackageRoot(__dirname), ['shared', 'services', 'cli', 'migrations']);
const whole = inCode.filter(({ pieces }) => pieces.length === 1);
const built = inCode.filter(({ pieces }) => pieces.length > 1);
const check = createStatementCheck();

describe('statements for Oracle in the code', () => {
  it('are found', () => expect(inCode.length).toBeGreaterThan(150));

  it.each(whole.map(({ place, pieces: [sql = ''] }) => [place, sql]))('pass the gate: %s', async (_place, sql) => {
    expect(await check(sql)).toBeUndefined();
  });

  it('went through the gate with their values too: see scripts/oracle-grammar.mjs', () => {
    const known = [...examples, ...KNOWN_GAPS.keys()];
    const never = built.filter((statement) => !known.some((sql) => isMadeOf(sql, statement)));
    expect(never.map(({ place }) => place)).toEqual([]);
  });

  it('pass the gate with their values', async () => {
    const problems = await Promise.all(examples.map(async (sql) => ({ sql, problem: await check(sql) })));
    expect(problems.filter(({ problem }) => problem !== undefined)).toEqual([]);
  });

  it('are the statements of the examples', () => {
    expect(examples.filter((sql) => !built.some((statement) => isMadeOf(sql, statement)))).toEqual([]);
  });
});

describe('the search for statements', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sms-bridge-statements-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const found = (files: Readonly<Record<string, string>>): readonly string[] => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, 'code', name)), { recursive: true });
      writeFileSync(join(root, 'code', name), text);
    }
    return findStatementsInCode(root, ['code']).map(({ place, pieces }) => `${place} ${pieces.join('?')}`);
  };

  it('finds texts, whole and composed, with their places', () => {
    expect(
      found({
        'a/b.ts': 'const é = 1;\nexport const f = (t: string) => `DELETE FROM ${t} WHERE ID = :1`;',
        'c.ts': "tx.oracle.execute('SELECT 1 AS X FROM DUAL');",
      }),
    ).toEqual(['code/a/b.ts:2 DELETE FROM ? WHERE ID = :1', 'code/c.ts:1 SELECT 1 AS X FROM DUAL']);
  });

  it('leaves out statements for PostgreSQL only', () => {
    expect(
      found({
        'a.ts':
          "const A = 'SELECT now()';\nforEngine({ pg: () => query(A), oracledb: () => execute('SELECT 2 FROM DUAL') });",
        'b.ts': "const B = 'DELETE FROM t';\nforEngine({ pg: B, oracledb: B });",
        'c-postgres.ts': "export const C = 'SELECT 3';",
        'd.ts': "db.query('SELECT 4'); db.query(`SELECT ${5}::int`);",
        'e.ts': "export const E = 'SELECT 6';",
        'e-oracle.ts': "export const E = 'SELECT 7 FROM DUAL';",
      }),
    ).toEqual(['code/a.ts:2 SELECT 2 FROM DUAL', 'code/b.ts:1 DELETE FROM t', 'code/e-oracle.ts:1 SELECT 7 FROM DUAL']);
  });

  it('skips rights and prose', () => {
    expect(
      found({ 'a.ts': "['SELECT (a, b)', 'CREATE SESSION, CREATE TABLE', 'GRANT what is missing', 'Select one']" }),
    ).toEqual([]);
  });
});
