import type { Finding } from '../../../cli/doctor/finding';
import { judgeAccount, judgeIdleBlockers, judgeProfile, judgeServer } from '../../../cli/doctor/oracle-limits';
import { rolesBySynonyms, toRepairs } from '../../../cli/doctor/oracle-repairs';
import { toRoleRepair } from '../../../cli/doctor/oracle-standing';
import { judgeOwnerRights, judgeStorage } from '../../../cli/doctor/oracle-storage';
import { adviceByNumber } from '../../../cli/oracle/advice-by-number';
import { installNeeds, judgeStanding } from '../../../cli/oracle/judge-server';
import { createStatementCheck } from '../../../oracle-stand-in/grammar/check-statement';
import { loadExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { statementsInAdvice } from '../../support/statements-in-advice';

jest.setTimeout(200_000);

const mapping = loadExchangeMapping();
const pool = { poolMax: 6, statementCache: 100 };
const server = (parameters: Readonly<Record<string, string>>, processes = 10) =>
  judgeServer(
    {
      parameters: new Map(Object.entries({ open_cursors: '300', cursor_sharing: 'EXACT', ...parameters })),
      resources: [{ name: 'processes', current: processes, limit: ' 300' }],
    },
    'RELAY',
    pool,
  );
const storage = { account: 'YJSMS', used: ['A', 'B'], quotas: [], privileges: new Set<string>() };

/** The grammar does not have ALTER SYSTEM. */
const problemOf = async (text: string): Promise<unknown> =>
  text.startsWith('ALTER SYSTEM ')
    ? /^ALTER SYSTEM SET [a-z_]+ = \w+ SCOPE = (BOTH|SPFILE)$/.test(text)
      ? undefined
      : 'not ALTER SYSTEM SET name = value SCOPE = …'
    : createStatementCheck()(text);

describe('the advice for a DBA', () => {
  it.each([
    "no privileges on tablespace 'USERS' [ORA-01950]",
    "对表空间 'USERS' 无权限 [ORA-01950]",
    'The user YJSMS has insufficient quota on tablespace USERS. [ORA-01950]',
  ])('names the tablespace in every language of the server: %s', (message) => {
    expect(adviceByNumber(message, 'YJSMS')).toBe('A DBA: ALTER USER YJSMS QUOTA UNLIMITED ON USERS');
  });

  it.each<[string, readonly Finding[], readonly string[]]>([
    ['open_cursors is small', server({ open_cursors: '50' }), ['ALTER SYSTEM SET open_cursors = 300 SCOPE = BOTH']],
    [
      'literals are replaced',
      server({ cursor_sharing: 'FORCE' }),
      ['ALTER SYSTEM SET cursor_sharing = EXACT SCOPE = BOTH'],
    ],
    ['processes are used up', server({}, 299), ['ALTER SYSTEM SET processes = 450 SCOPE = SPFILE']],
    [
      'the account may not read',
      judgeServer(undefined, 'RELAY', pool),
      ['GRANT SELECT ON SYS.V_$PARAMETER TO RELAY', 'GRANT SELECT ON SYS.V_$RESOURCE_LIMIT TO RELAY'],
    ],
    [
      'idle blockers are not ended',
      judgeIdleBlockers({ parameters: new Map([['max_idle_blocker_time', '0']]), resources: [] }),
      [],
    ],
    [
      'few sessions',
      judgeProfile('RELAY', new Map([['SESSIONS_PER_USER', '3']]), 6),
      [
        'CREATE PROFILE SMS_BRIDGE LIMIT SESSIONS_PER_USER UNLIMITED IDLE_TIME UNLIMITED CONNECT_TIME UNLIMITED PASSWORD_LIFE_TIME UNLIMITED',
        'ALTER USER RELAY PROFILE SMS_BRIDGE',
      ],
    ],
    ['locked', [judgeAccount('RELAY', 'LOCKED(TIMED)', null, 0)], ['ALTER USER RELAY ACCOUNT UNLOCK']],
    [
      'no tablespace',
      judgeStorage({ ...storage, visible: [] }),
      ['ALTER USER YJSMS QUOTA UNLIMITED ON A QUOTA UNLIMITED ON B'],
    ],
    [
      'no quota',
      judgeStorage({ ...storage, used: ['A'], visible: [{ name: 'A', status: 'ONLINE' }] }),
      ['ALTER USER YJSMS QUOTA UNLIMITED ON A'],
    ],
    [
      'a tablespace is offline',
      judgeStorage({
        ...storage,
        used: ['A'],
        visible: [{ name: 'A', status: 'OFFLINE' }],
        quotas: [{ name: 'A', bytes: 0, most: -1 }],
      }),
      ['ALTER TABLESPACE A ONLINE'],
    ],
    [
      'the owner lacks a right',
      [judgeOwnerRights('YJSMS', new Set(['CREATE SESSION', 'CREATE TABLE', 'CREATE VIEW', 'CREATE ROLE']), true)],
      ['GRANT CREATE SEQUENCE, CREATE TRIGGER TO YJSMS'],
    ],
  ])('is a set of statements that run as they are: %s', async (_what, findings, expected) => {
    const [finding, ...others] = findings.filter(({ state }) => state !== 'ok');
    expect([finding === undefined, others]).toEqual([false, []]);
    const given = statementsInAdvice(finding?.advice ?? '');
    if (expected.length > 0) expect(given).toEqual(expected);
    for (const text of given) expect([text, await problemOf(text)]).toEqual([text, undefined]);
  });

  it.each([
    [[], 'GRANT SMS_RELAY TO RELAY'],
    [['CONNECT'], 'GRANT SMS_RELAY TO RELAY'],
    [['SMS_RELAY'], 'ALTER USER RELAY DEFAULT ROLE ALL'],
    [['SMS_PRODUCER'], 'ALTER USER RELAY DEFAULT ROLE ALL'],
  ])('restores a lost role, granted %j: %s', async (granted, expected) => {
    expect(toRoleRepair('RELAY', ['SMS_RELAY', 'SMS_PRODUCER'], granted)).toBe(expected);
    expect(await problemOf(expected)).toBeUndefined();
  });

  it.each([
    ['The account is locked. [ORA-28000]', 'ALTER USER RELAY ACCOUNT UNLOCK'],
    ['user lacks CREATE SESSION privilege; logon denied [ORA-01045]', 'GRANT CREATE SESSION TO RELAY'],
    ["no privileges on tablespace 'SMS_DAY_IDX' [ORA-01950]", 'ALTER USER RELAY QUOTA UNLIMITED ON SMS_DAY_IDX'],
    ['maximum open cursors exceeded [ORA-01000]', 'ALTER SYSTEM SET open_cursors = 300 SCOPE = BOTH'],
  ])('is, for %s: %s', async (message, expected) => {
    expect(statementsInAdvice(adviceByNumber(message, 'RELAY') ?? '')).toEqual([expected]);
    expect(await problemOf(expected)).toBeUndefined();
  });

  it.each([
    ['invalid username/password; logon denied [ORA-01017]', /DATABASE_PASSWORD_FILE/],
    ["tablespace 'SMS_SEND_T' does not exist [ORA-00959]", /creates SMS_SEND_T .*ORACLE_TABLESPACES=off/],
    ['maximum number of processes (300) exceeded [ORA-00020]', /ALTER SYSTEM SET processes/],
    ['exceeded simultaneous SESSIONS_PER_USER limit [ORA-02391]', /DATABASE_POOL_MAX/],
    ['missing DATAFILE/TEMPFILE clause [ORA-02199]', /--datafiles/],
    ['password verification for the specified password failed [ORA-28003]', /PASSWORD_VERIFY_FUNCTION/],
  ])('gives an instruction for %s', (message, expected) => {
    expect(adviceByNumber(message)).toMatch(expected);
  });

  it('is empty where the number tells no more than the code', () => {
    expect(adviceByNumber('table or view does not exist [ORA-00942]')).toBeUndefined();
  });

  it('lists missing rights of the installing account in a form for SQL*Plus, which takes nothing after a semicolon', async () => {
    const lines = judgeStanding(
      { container: 'SMS', version: 19, privileges: new Set() },
      installNeeds(true, true),
      'CLERK',
    );
    const grants = lines.slice(1).map((line) => line.trim());
    expect(grants.length).toBeGreaterThan(5);
    for (const text of grants) {
      expect(text).toMatch(/^GRANT [^;]*;$/);
      expect([text, await problemOf(text.slice(0, -1))]).toEqual([text, undefined]);
    }
  });
});

describe('an account that lacks something', () => {
  const PRODUCER = ['LOGIN_USER', 'SM_SEND_T', 'SM_SEND_T_LOG', 'SM_RECEIVE_T', 'SM_RECEIVE_T_LOG'];

  it('is told its role by its synonyms, even when one of them is gone, and none where there are none', () => {
    expect(rolesBySynonyms(PRODUCER, mapping)).toEqual(['SMS_PRODUCER']);
    expect(rolesBySynonyms(PRODUCER.slice(1), mapping)).toEqual(['SMS_PRODUCER']);
    expect(rolesBySynonyms(['SM_SEND_T', 'V_SEND_T_LOG', 'V_RECEIVE_T'], mapping)).toEqual([
      'SMS_APPLICATION',
      'SMS_CUSTOMER_SERVICE',
    ]);
    expect(rolesBySynonyms(['DUAL_2'], mapping)).toEqual([]);
  });

  it('gets the synonym, the right, or both', () => {
    const of = { roles: ['SMS_RELAY'], mapping };
    const granted = [{ owner: 'YJSMS', name: 'SM_SEND_T' }];
    const synonyms = [{ owner: 'YJSMS', name: 'SM_SEND_T_LOG' }];
    expect(toRepairs('RELAY', ['SM_SEND_T', 'SM_SEND_T_LOG', 'RELAY_OFFSET'], of, { granted, synonyms })).toEqual([
      'CREATE OR REPLACE SYNONYM RELAY.SM_SEND_T FOR YJSMS.SM_SEND_T',
      'GRANT READ ON YJSMS.SM_SEND_T_LOG TO SMS_RELAY',
      'GRANT SELECT, INSERT, UPDATE (NEXT_OFFSET, UPDATED_AT) ON YJSMS.RELAY_OFFSET TO SMS_RELAY',
      'CREATE OR REPLACE SYNONYM RELAY.RELAY_OFFSET FOR YJSMS.RELAY_OFFSET',
    ]);
    expect(toRepairs('RELAY', ['SM_SEND_T'], of, { granted: [], synonyms: [] })).toEqual([]);
  });
});
