import { toDatabaseError } from '../../../shared/database/database-errors';
import { BridgeError } from '../../../shared/errors';
import { loadExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { findColumnProblems, findNarrowIds, toColumnText } from '../../../shared/faults/column-problems';
import { explainFault } from '../../../shared/faults/explain-fault';
import { blameByError, decideBlame, type Evidence, mayBeValue, toFaultKey } from '../../../shared/faults/judge-fault';
import { createJudge } from '../../../shared/faults/judge-with-probe';
import { createMergedLog, createProblemLog } from '../../../shared/faults/merged-log';

const postgres = (code: string, more: object = {}) => toDatabaseError({ code, message: 'refused', ...more });
const oracle = (message: string) => toDatabaseError({ code: message.slice(0, 9), message });

describe('the object of an error', () => {
  it.each([
    [postgres('23502', { table: 't', column: 'c' }), { number: '23502', table: 't', column: 'c' }],
    [postgres('23514', { table: 't', constraint: 'k' }), { number: '23514', table: 't', constraint: 'k' }],
    [
      postgres('P0001', { where: 'PL/pgSQL function refuse_it() line 3 at RAISE' }),
      { number: 'P0001', routine: 'refuse_it' },
    ],
    [
      oracle('ORA-01400: cannot insert NULL into ("YJSMS"."CLIENT_SMS_SEND"."REGION_CODE")'),
      { number: 'ORA-01400', table: 'CLIENT_SMS_SEND', column: 'REGION_CODE' },
    ],
    [
      oracle('ORA-12899: value too large for column "YJSMS"."CLIENT_SMS_SEND"."CONTENT" (actual: 1000, maximum: 500)'),
      { number: 'ORA-12899', table: 'CLIENT_SMS_SEND', column: 'CONTENT' },
    ],
    [oracle('ORA-02290: check constraint (YJSMS.SMALL_CK) violated'), { number: 'ORA-02290', constraint: 'SMALL_CK' }],
    [
      oracle('ORA-02291: integrity constraint (YJSMS.APP_FK) violated - parent key not found'),
      { number: 'ORA-02291', constraint: 'APP_FK' },
    ],
    [oracle('ORA-01438: value larger than specified precision allowed for this column'), { number: 'ORA-01438' }],
    [
      oracle(
        'ORA-06502: PL/SQL: numeric or value error\nORA-06512: at "YJSMS.TRG", line 2\nORA-04088: error during execution of trigger \'YJSMS.TRG\'',
      ),
      { number: 'ORA-06502', routine: 'TRG' },
    ],
  ])('is found in %s', (error, place) => expect((error as BridgeError).place).toEqual(place));

  it('is reported with the remedy', () => {
    const error = oracle('ORA-01400: cannot insert NULL into ("YJSMS"."CLIENT_SMS_SEND"."REGION_CODE")');
    expect(explainFault(error)).toMatch(
      /^table CLIENT_SMS_SEND, column REGION_CODE: cannot insert NULL.*: give the column a default/,
    );
    expect(explainFault(oracle('ORA-20001: no'), 'A or B')).toMatch(/^table A or B: no .*trigger/);
  });
});

describe('the cause of an error', () => {
  const check = postgres('23514', { table: 't', constraint: 'k' });
  const evidence = (change: Partial<Evidence>): Evidence => ({
    probe: 'went in',
    alike: 0,
    othersWentThrough: false,
    longAlone: false,
    ...change,
  });

  it.each([
    ['a column that must not be empty', postgres('23502'), 'all'],
    ['the same on Oracle', oracle('ORA-01400: cannot insert NULL into ("A"."B"."C")'), 'all'],
    ['a missing column', postgres('42703'), 'all'],
    ['a missing right', oracle('ORA-01031: insufficient privileges'), 'all'],
    ['a database that is down', postgres('57P01'), 'all'],
    ['a character that the database lacks', postgres('22P05'), 'value'],
    ['a value that no schema can hold', new BridgeError('ENCODE_FAILED', 'x'), 'value'],
    ['a check', check, undefined],
    ['an error of a trigger', postgres('P0001'), undefined],
    ['the same on Oracle', oracle('ORA-20123: not today'), undefined],
    ['a missing partition', oracle('ORA-14400: inserted partition key does not map to any partition'), undefined],
  ])('is found for %s', (_what, error, blame) => {
    expect(blameByError(error)).toBe(blame);
    expect(mayBeValue(error)).toBe(blame !== 'all' || /NULL|23502/.test((error as Error).message));
  });

  it.each([
    [{ probe: 'failed' }, 'all'],
    [{ probe: 'failed', othersWentThrough: true }, 'all'],
    [{}, 'value'],
    [{ alike: 1 }, 'all'],
    [{ alike: 1, othersWentThrough: true }, 'value'],
    [{ probe: 'none' }, undefined],
    [{ probe: 'none', longAlone: true }, 'value'],
    [{ probe: 'none', alike: 3, longAlone: true }, 'all'],
    [{ probe: 'none', othersWentThrough: true }, 'value'],
  ] as const)('is found with %j', (change, blame) => expect(decideBlame(check, evidence(change))).toBe(blame));

  it('is the same by code, table, column, constraint and trigger, not by text', () => {
    const other = toDatabaseError({ code: '23514', message: 'another text', table: 't', constraint: 'k' });
    expect(toFaultKey(other)).toBe(toFaultKey(check));
    expect(toFaultKey(postgres('23514', { table: 't', constraint: 'k2' }))).not.toBe(toFaultKey(check));
  });

  it('is sought with test rows only where these can show it', async () => {
    let tries = 0;
    const { judge, blame } = createJudge(async () => {
      tries += 1;
      throw new BridgeError('DB_DATA', 'no');
    });
    const alone = { alike: 0, othersWentThrough: false, longAlone: false };
    expect(await judge(postgres('23502'), alone)).toBe('all');
    expect(await judge(new BridgeError('KAFKA_REJECTED', 'x'), alone)).toBeUndefined();
    expect(tries).toBe(0);
    expect(await judge(check, alone)).toBe('all');
    expect(await blame(new BridgeError('DB_LOCKED', 'x', { retryable: true }))).toBe('all');
    expect(tries).toBe(2);
  });
});

describe('the columns of the exchange tables', () => {
  const mapping = loadExchangeMapping();
  const column = (name: string, change: object = {}) => ({
    name,
    kind: 'text' as const,
    type: 'VARCHAR2',
    characters: 4000,
    nullable: true,
    filled: false,
    ...change,
  });
  const problems = (...found: readonly ReturnType<typeof column>[]) =>
    findColumnProblems('send', mapping, found).map(toColumnText);

  it('fit, with any other columns in the table', () =>
    expect(
      problems(
        column('CONTENT'),
        column('remark'),
        column('SEQ_ID', { kind: 'number', nullable: false, filled: true }),
        column('MSG_ID', { nullable: false }),
        column('REGION', { nullable: false, filled: true }),
      ),
    ).toEqual([]));

  it.each([
    [column('CONTENT', { characters: 500, type: 'VARCHAR2(500 CHAR)' }), /CONTENT holds 500 characters.*1000/],
    [column('REGION', { nullable: false }), /REGION must not be empty .*has no default/],
    [column('EXT_CODE', { nullable: false }), /EXT_CODE must not be empty .*without it are valid/],
    [
      column('VALID_TIME', { kind: 'text', type: 'VARCHAR2(14)' }),
      /VALID_TIME is VARCHAR2\(14\); it must be a time \(DATE or TIMESTAMP\); null for it in the exchange file leaves it out/,
    ],
  ])('do not fit with %j', (found, says) => expect(problems(found)).toEqual([expect.stringMatching(says)]));

  it('are named when a time is text in a table of replies', () =>
    expect(
      findColumnProblems('report', mapping, [column('DONE_TIME'), column('STAT', { characters: 5 })]).map(toColumnText),
    ).toEqual([
      'CLIENT_SMS_REPORT.DONE_TIME is VARCHAR2; it must be a time (DATE or TIMESTAMP); null for it in the exchange file leaves it out',
    ]));

  it.each(['resp', 'report'] as const)('are named when %s cuts a MSG_ID, which does not stop the replies', (kind) => {
    const narrow = [column('msg_id', { characters: 16, type: 'CHAR(16)' })];
    expect(findColumnProblems(kind, mapping, narrow)).toEqual([]);
    expect(findNarrowIds(kind, mapping, narrow).map(toColumnText)).toEqual([
      expect.stringMatching(/_RE.*\.msg_id holds 16 characters \(CHAR\(16\)\); a MSG_ID has 20/),
    ]);
    for (const wide of [column('MSG_ID', { characters: 20 }), column('MSG_ID'), column('RESULT', { characters: 1 })])
      expect(findNarrowIds(kind, mapping, [wide])).toEqual([]);
  });
});

it('the same problem is logged at once, then after growing pauses with the number of times', () => {
  let now = 0;
  const { said, wellAgain } = createMergedLog(() => now);
  expect(said('record 17 refused')).toEqual({});
  expect(said('record 18 refused')).toBeUndefined();
  expect(said('something else')).toEqual({});
  now = 10_000;
  expect(said('record 19 refused')).toEqual({ repeated: 1, seconds: 10 });
  now = 29_000;
  expect(said('record 20 refused')).toBeUndefined();
  now = 30_000;
  expect(said('record 21 refused')).toEqual({ repeated: 1, seconds: 20 });
  for (now = 35_000; now < 3_600_000; now += 5_000) said('record 22 refused');
  expect(said('record 23 refused')).toBeUndefined();
  now += 120_000;
  expect(said('record 24 refused')).toEqual({});
  expect(wellAgain()).toBe(true);
  expect(said('record 20 refused')).toEqual({});
});

it('a transient problem is logged as a warning, others as an error, each of them merged', () => {
  const lines: unknown[] = [];
  const logger = {
    warn: (fields: object, what: string) => lines.push(['warn', what, fields]),
    error: (fields: object, what: string) => lines.push(['error', what, fields]),
  } as unknown as Parameters<typeof createProblemLog>[0];
  const { say, wellAgain } = createProblemLog(logger, { source: 'resp' });
  const away = new BridgeError('DB_UNAVAILABLE', 'away', { retryable: true });
  say('it failed', away);
  say('it failed', away);
  say('it failed', new BridgeError('DB_LOGIN', 'password is wrong', { retryable: true }));
  say('it failed', new BridgeError('DB_SCHEMA', 'no column'), 'no column X');
  expect(wellAgain()).toBe(true);
  say('it failed', away);
  expect(lines).toEqual([
    ['warn', 'it failed', { source: 'resp', err: 'away' }],
    ['error', 'it failed', { source: 'resp', err: 'password is wrong' }],
    ['error', 'it failed', { source: 'resp', err: 'no column X' }],
    ['warn', 'it failed', { source: 'resp', err: 'away' }],
  ]);
});
