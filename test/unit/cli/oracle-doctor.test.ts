import { findMissingRelations } from '../../../cli/doctor/look-into-oracle';
import { judgeAccount, judgeIdleBlockers, judgeProfile, judgeServer } from '../../../cli/doctor/oracle-limits';
import { judgeObjects } from '../../../cli/doctor/oracle-objects';
import { expectedRights, findMissingRights } from '../../../cli/doctor/oracle-rights';
import { judgeOwnerRights, judgeStorage, type Storage } from '../../../cli/doctor/oracle-storage';
import { loadExchangeMapping } from '../../../shared/exchange/exchange-mapping';

const DAY = 86_400_000;
const states = (findings: readonly { readonly state: string; readonly detail: string }[]) =>
  findings.map(({ state, detail }) => `${state}: ${detail}`);

describe("the doctor's findings about an Oracle account", () => {
  it.each([
    ['OPEN', null, 'ok', 'does not expire'],
    ['OPEN', 30.5 * DAY, 'ok', '30 days'],
    ['OPEN', 2.5 * DAY, 'warning', 'expires in 3 days'],
    ['OPEN', -DAY, 'failed', 'has expired'],
    ['EXPIRED(GRACE)', DAY, 'failed', 'EXPIRED(GRACE)'],
    ['LOCKED', null, 'failed', 'LOCKED'],
  ])('include %s for a password that is good until %j: %s', (status, expiresAt, state, words) => {
    const found = judgeAccount('RELAY', status, expiresAt, 0);
    expect([found.state, found.detail]).toEqual([state, expect.stringContaining(words)]);
  });

  it.each([
    [{}, ['ok']],
    [{ SESSIONS_PER_USER: 'UNLIMITED', IDLE_TIME: 'DEFAULT' }, ['ok']],
    [{ SESSIONS_PER_USER: '5' }, ['failed']],
    [{ SESSIONS_PER_USER: '6' }, ['warning']],
    [{ SESSIONS_PER_USER: '12' }, ['ok']],
    [{ IDLE_TIME: '30', CONNECT_TIME: '600' }, ['warning', 'warning']],
  ])('include, with a profile of %j and a pool of six: %j', (limits, expected) => {
    expect(judgeProfile('RELAY', new Map(Object.entries(limits)), 6).map(({ state }) => state)).toEqual(expected);
  });
});

describe("the doctor's findings about the objects of an Oracle schema", () => {
  const NONE = { invalid: [], triggersOff: [], unusable: [], unusablePartitions: [] };
  it.each([
    [{}, 'ok: valid, triggers on, indexes usable'],
    [{ invalid: [{ type: 'VIEW', name: 'V_RECEIVE_T' }] }, 'failed: VIEW V_RECEIVE_T is invalid'],
    [{ triggersOff: ['SM_SEND_T_FILL_IN'] }, 'failed: the trigger SM_SEND_T_FILL_IN is off'],
    [{ unusable: ['SM_SEND_T_LOG_PK'] }, 'failed: the index SM_SEND_T_LOG_PK cannot be used'],
    // USER_INDEXES shows N/A for a local index
    [
      { unusablePartitions: [{ index: 'SM_SEND_T_LOG_ARCHIVED', partition: 'SYS_P41' }] },
      'failed: the index SM_SEND_T_LOG_ARCHIVED cannot be used in the partition SYS_P41',
    ],
  ])('are, for %j: %s', (found, said) => {
    expect(states(judgeObjects({ ...NONE, ...found }))).toEqual([said]);
  });
});

describe("the doctor's findings about an Oracle server", () => {
  const limits = (parameters: Readonly<Record<string, string>>, current = 10, limit = '       300') => ({
    parameters: new Map(Object.entries({ open_cursors: '300', cursor_sharing: 'EXACT', ...parameters })),
    resources: [{ name: 'processes', current, limit }],
  });

  it.each([
    [undefined, ['warning']],
    [limits({}), ['ok']],
    [limits({ open_cursors: '50' }), ['failed']],
    [limits({ cursor_sharing: 'FORCE' }), ['failed']],
    [limits({}, 260), ['warning']],
    [limits({}, 295), ['failed']],
    [limits({}, 295, ' UNLIMITED'), ['ok']],
    [limits({ open_cursors: '50', cursor_sharing: 'FORCE' }, 299), ['failed', 'failed', 'failed']],
  ])('are, in case %#: %j', (seen, expected) => {
    expect(judgeServer(seen, 'RELAY', { poolMax: 6, statementCache: 100 }).map(({ state }) => state)).toEqual(expected);
  });

  it.each([
    [0, 'ok'],
    [250, 'ok'],
    [251, 'failed'],
    [1000, 'failed'],
  ])("compare open_cursors 300 with a session's %d statements: %s", (statementCache, expected) => {
    const [finding] = judgeServer(limits({}), 'RELAY', { poolMax: 6, statementCache });
    expect(finding?.state).toBe(expected);
    // the advised value must suffice
    if (expected === 'failed') expect(finding?.advice).toContain(`open_cursors = ${statementCache + 50} `);
    const [asked] = judgeServer(undefined, 'RELAY', { poolMax: 6, statementCache });
    expect(asked?.advice).toContain(`open_cursors at least ${statementCache + 50};`);
  });

  it.each([
    [undefined, []],
    [limits({ max_idle_blocker_time: '2' }), ['ok']],
    [limits({ max_idle_blocker_time: '0' }), ['warning']],
    [limits({}), ['warning']],
  ])('include a frozen process, in case %#: %j', (seen, expected) => {
    expect(judgeIdleBlockers(seen).map(({ state }) => state)).toEqual(expected);
  });
});

describe("the doctor's findings about the owner's storage", () => {
  const storage = (change: Partial<Storage> = {}): Storage => ({
    account: 'YJSMS',
    used: ['A', 'B'],
    visible: [
      { name: 'A', status: 'ONLINE' },
      { name: 'B', status: 'ONLINE' },
    ],
    quotas: [
      { name: 'A', bytes: 0, most: -1 },
      { name: 'B', bytes: 10, most: 100 },
    ],
    privileges: new Set(),
    ...change,
  });

  it.each<[string, Partial<Storage>, readonly string[]]>([
    ['all exist', {}, ['ok: A, B: online', 'ok: enough on all of them']],
    [
      'one is missing',
      { visible: [{ name: 'A', status: 'ONLINE' }] },
      ['failed: missing, or without a quota for YJSMS: B'],
    ],
    [
      'one is offline',
      {
        visible: [
          { name: 'A', status: 'OFFLINE' },
          { name: 'B', status: 'READ ONLY' },
        ],
      },
      ['failed: A is OFFLINE', 'failed: B is READ ONLY', 'ok: enough on all of them'],
    ],
    [
      'no quota',
      { quotas: [] },
      [
        'ok: A, B: online',
        'failed: YJSMS has no quota on A: its tables cannot grow',
        'failed: YJSMS has no quota on B: its tables cannot grow',
      ],
    ],
    [
      'no quota needed',
      { quotas: [], privileges: new Set(['UNLIMITED TABLESPACE']) },
      ['ok: A, B: online', 'ok: none: UNLIMITED TABLESPACE'],
    ],
    [
      'one is nearly full, and one is full',
      {
        quotas: [
          { name: 'A', bytes: 90 * 2 ** 20, most: 100 * 2 ** 20 },
          { name: 'B', bytes: 2 ** 20, most: 2 ** 20 },
        ],
      },
      ['ok: A, B: online', 'warning: 90 MB of 100 MB are used on A', 'failed: 1 MB of 1 MB are used on B'],
    ],
  ])('are right when %s', (_name, change, expected) => {
    expect(states(judgeStorage(storage(change)))).toEqual(expected);
  });

  it('tell what migrations need now from what the next one needs', () => {
    const some = new Set(['CREATE SESSION', 'CREATE TABLE', 'CREATE VIEW', 'CREATE SEQUENCE', 'CREATE TRIGGER']);
    expect(judgeOwnerRights('YJSMS', some, true)).toMatchObject({
      state: 'failed',
      advice: 'A DBA: GRANT CREATE ROLE TO YJSMS',
    });
    expect(judgeOwnerRights('YJSMS', some, false).state).toBe('warning');
    expect(judgeOwnerRights('YJSMS', new Set([...some, 'CREATE ROLE']), true).state).toBe('ok');
  });
});

describe('rights and names on Oracle', () => {
  it('exist for a column through the column or the whole table, and through nothing else', () => {
    const expected = expectedRights('SMS_ARCHIVER', loadExchangeMapping());
    expect(findMissingRights(expected, expected)).toEqual([]);
    const qualified = expected.map((right) => ({ ...right, relation: `YJSMS.${right.relation}` }));
    expect(findMissingRights(expected, qualified)).toEqual([]);
    const whole = expected.map((right) => ({ ...right, column: null }));
    expect(findMissingRights(expected, whole)).toEqual([]);
    const [first, ...rest] = expected;
    expect(findMissingRights(expected, rest)).toEqual([first]);
    expect(findMissingRights(expected, [...rest, { ...first!, role: 'SMS_RELAY' }])).toEqual([first]);
    expect(expected).toContainEqual({
      role: 'SMS_ARCHIVER',
      relation: 'V_LOGIN_USER',
      privilege: 'READ',
      column: null,
    });
    // SELECT includes READ
    const more = expected.map((right) => (right.privilege === 'READ' ? { ...right, privilege: 'SELECT' } : right));
    expect(findMissingRights(expected, more)).toEqual([]);
    expect(expected).toContainEqual({
      role: 'SMS_ARCHIVER',
      relation: 'ARCHIVE_LOCK',
      privilege: 'UPDATE',
      column: 'ONLY_ROW',
    });
  });

  it('resolve to an own table, an own synonym, a public one, or a name with its owner', () => {
    const column = (owner: string, table_name: string, column_name: string) => ({ owner, table_name, column_name });
    const seen = {
      columns: [
        column('ME', 'OWN', 'A'),
        column('YJSMS', 'T', 'A'),
        column('YJSMS', 'P', 'A'),
        column('YJSMS', 'HIDDEN', 'A'),
      ],
      synonyms: [
        { owner: 'PUBLIC', synonym_name: 'P', table_owner: 'YJSMS', table_name: 'P' },
        { owner: 'ME', synonym_name: 'S', table_owner: 'YJSMS', table_name: 'T' },
        { owner: 'ME', synonym_name: 'GONE', table_owner: 'YJSMS', table_name: 'NOTHING' },
      ],
    };
    const asked = {
      relations: ['own', 'S', 'p', 'yjsms.t', 'hidden', 'gone', 'x.t'],
      columns: [
        { table: 'S', column: 'a' },
        { table: 'S', column: 'b' },
      ],
    };
    expect(findMissingRelations('ME', asked, seen)).toEqual([
      { table: 'hidden', column: null },
      { table: 'gone', column: null },
      { table: 'x.t', column: null },
      { table: 'S', column: 'b' },
    ]);
  });
});
