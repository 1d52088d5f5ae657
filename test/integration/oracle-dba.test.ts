import { installNeeds, uninstallNeeds } from '../../cli/oracle/judge-server';
import { splitScript } from '../../oracle-stand-in/grammar/split-script';
import { type SpawnedOracleServer, spawnOracleServer } from '../../oracle-stand-in/spawn-oracle-server';
import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { createEmptyDatabase } from '../support/empty-database';
import { useStandingCli } from '../support/run-cli';
import { statementsInAdvice } from '../support/statements-in-advice';
import type { TestDatabase } from '../support/test-database';
import { onStandIn } from '../support/test-engines';
import { createTestTopics, testBrokers } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';

/** The accounts of docs/oracle/install.md with their roles. */
const DBA_ACCOUNTS = {
  PRODUCER: 'SMS_PRODUCER',
  RELAY: 'SMS_RELAY',
  COLLECTOR: 'SMS_COLLECTOR',
  ARCHIVER: 'SMS_ARCHIVER',
  PROVINCE: 'SMS_PROVINCE',
  BILLING: 'SMS_APPLICATION',
} as const;
const ACCOUNTS = Object.entries(DBA_ACCOUNTS).flatMap(([name, role]) => ['--account', `${name}:${role}`]);

type Finding = { readonly check: string; readonly state: string; readonly detail: string; readonly advice?: string };

/** Follows docs/oracle/install.md, with a splitter in place of SQL*Plus; then breaks things. */
onStandIn('a DBA with an Oracle server', () => {
  let behind: TestDatabase;
  let server: SpawnedOracleServer;
  let topicPrefix: string;
  const opened = new Map<string, Database>();
  const runCli = useStandingCli();

  beforeAll(async () => {
    behind = await createEmptyDatabase();
    const rights = [...Object.keys(installNeeds(true, true)), ...Object.keys(uninstallNeeds(true))];
    server = await spawnOracleServer({
      postgresUrl: behind.url,
      users: { SYSTEM: { password: 'system', privileges: ['DBA', ...rights] } },
    });
    topicPrefix = (await createTestTopics(1)).prefix;
  });
  afterAll(async () => {
    for (const db of opened.values()) await db.close();
    await server.close();
    await behind.drop();
  });

  const addressOf = (account: string): string => `oracle://${account}:${account.toLowerCase()}@${server.connectString}`;
  const as = (account: string): Database['oracle'] => {
    const db =
      opened.get(account) ??
      openDatabase({ url: addressOf(account), applicationName: 'test', poolMax: 3, statementTimeoutMs: 60_000 });
    opened.set(account, db);
    return db.oracle;
  };
  const print = async (...words: readonly string[]): Promise<string> => (await runCli(['oracle', ...words])).stdout;
  /**
   * Runs a script like SQL*Plus with `@script`; it asks for the name of the account, in lower case.
   */
  const runScript = async (account: string, script: string): Promise<void> => {
    for (const text of splitScript(script)) await as(account).execute(text.replace(/&&(\w+)_password/, '$1'));
  };
  const doctor = async (account: string): Promise<readonly Finding[]> => {
    const args = ['doctor', '--json', '--database', addressOf(account), '--kafka', testBrokers()];
    const found = await runCli([...args, '--topic-prefix', topicPrefix], { env: { TZ: 'UTC' } });
    // no service runs here
    return (found.json() as readonly Finding[]).filter(({ detail }) => !detail.startsWith('no members'));
  };
  const failures = async (account: string) => (await doctor(account)).filter(({ state }) => state === 'failed');

  it('installs with the printed scripts; a script in the wrong session changes nothing, and every account passes the doctor', async () => {
    await runScript('SYSTEM', await print('script', 'dba'));
    const owners = await print('script', 'owner');
    await expect(runScript('SYSTEM', owners)).rejects.toThrow('log in as YJSMS, not as SYSTEM');
    const tables = await as('SYSTEM').execute(`SELECT OBJECT_NAME FROM DBA_OBJECTS WHERE OBJECT_TYPE = 'TABLE'`);
    expect(tables.rows).toEqual([]);
    await runScript('YJSMS', owners);
    await runScript('SYSTEM', await print('script', 'accounts', ...ACCOUNTS));
    const env = { TZ: 'UTC', DATABASE_URL: addressOf('YJSMS') };
    const stranger = await runCli(['migrate'], { env: { ...env, DATABASE_URL: addressOf('SYSTEM') } });
    expect([stranger.code, stranger.stderr]).toEqual([
      1,
      expect.stringContaining("they are YJSMS's, so log in as YJSMS"),
    ]);
    expect((await runCli(['migrate'], { env })).code).toBe(0);
    expect((await runCli(['app', 'add', 'billing'], { env })).code).toBe(0);
    for (const account of ['YJSMS', ...Object.keys(DBA_ACCOUNTS)])
      expect([account, await failures(account)]).toEqual([account, []]);
  });

  it.each<[string, string, readonly string[], string]>([
    ['its role', 'RELAY', ['REVOKE SMS_RELAY FROM RELAY'], 'oracle: role'],
    ['a synonym', 'COLLECTOR', ['DROP SYNONYM COLLECTOR.CLIENT_SMS_RESP'], 'database: exchange tables'],
    ['a right', 'RELAY', ['REVOKE READ ON YJSMS.SM_SEND_T_LOG FROM SMS_RELAY'], 'database: platform tables'],
    [
      'one of several rights',
      'YJSMS',
      ['REVOKE DELETE ON YJSMS.SM_RECEIVE_T FROM SMS_ARCHIVER'],
      'rights: sms_archiver',
    ],
    ['a right on columns', 'PRODUCER', ['REVOKE UPDATE ON YJSMS.SM_SEND_T FROM SMS_PRODUCER'], 'rights: sms_producer'],
    ['the log-in', 'RELAY', ['REVOKE CREATE SESSION FROM RELAY'], 'database: connection'],
    ['the account', 'PROVINCE', ['ALTER USER PROVINCE ACCOUNT LOCK'], 'database: connection'],
    ['a quota', 'YJSMS', ['ALTER USER YJSMS QUOTA 0 ON SMS_SEND_T'], 'oracle: tablespaces'],
    ['a trigger', 'YJSMS', ['ALTER TRIGGER YJSMS.SM_SEND_T_FILL_IN DISABLE'], 'oracle: objects'],
    ['a right of the owner', 'YJSMS', ['REVOKE CREATE SEQUENCE FROM YJSMS'], 'oracle: rights of the owner'],
    ['a whole role', 'YJSMS', ['DROP ROLE SMS_PROVINCE'], 'rights: sms_province'],
  ])('repairs the loss of %s by %s as the doctor advises', async (_what, account, taken, check) => {
    for (const text of taken) await as('SYSTEM').execute(text);
    const found = (await doctor(account)).filter((one) => one.check === check && one.state !== 'ok');
    expect(found).toHaveLength(1);
    const advice = found[0]?.advice ?? '';
    const remedies = statementsInAdvice(advice);
    expect([advice, remedies.length > 0]).toEqual([advice, true]);
    for (const text of remedies) await as(/owner of the tables/.test(advice) ? 'YJSMS' : 'SYSTEM').execute(text);
    expect((await doctor(account)).filter((one) => one.check === check && one.state !== 'ok')).toEqual([]);
  });

  it('restores a dropped role to every account that the doctor names', async () => {
    const [lost] = await failures('PROVINCE');
    expect(lost).toMatchObject({
      check: 'oracle: role',
      advice: expect.stringContaining('GRANT SMS_PROVINCE TO PROVINCE;'),
    });
    await as('SYSTEM').execute('GRANT SMS_PROVINCE TO PROVINCE');
    for (const account of ['YJSMS', ...Object.keys(DBA_ACCOUNTS)])
      expect([account, await failures(account)]).toEqual([account, []]);
  });

  it('learns from a failed migration the statement, the reason and the remedy, until it is done', async () => {
    const dba = as('SYSTEM');
    for (const text of ['CREATE USER NEWCOMER IDENTIFIED BY "newcomer"', 'GRANT CREATE SESSION TO NEWCOMER'])
      await dba.execute(text);
    const migrate = () => runCli(['migrate'], { env: { TZ: 'UTC', DATABASE_URL: addressOf('NEWCOMER') } });
    expect((await migrate()).stderr).toMatch(
      /^sms-bridge: insufficient privileges \[ORA-01031\] in CREATE TABLE "knex_migrations"/,
    );
    for (const text of ['GRANT CREATE TABLE, CREATE SEQUENCE TO NEWCOMER']) await dba.execute(text);
    const { stderr } = await migrate();
    expect(stderr).toMatch(/no privileges on tablespace 'SMS_SEND_T' \[ORA-01950\] in CREATE TABLE SM_SEND_T\n/);
    const [advised] = statementsInAdvice(stderr);
    expect(advised).toBe('ALTER USER NEWCOMER QUOTA UNLIMITED ON SMS_SEND_T');
    await dba.execute(advised ?? '');
    expect((await migrate()).stderr).not.toContain("'SMS_SEND_T'");
    await dba.execute('DROP USER NEWCOMER CASCADE');
  });

  it('sees with an account of its own the server and the owner of the tables', async () => {
    const found = await doctor('SYSTEM');
    expect(found.filter(({ state }) => state === 'failed')).toEqual([
      expect.objectContaining({ check: 'oracle: role', detail: expect.stringContaining('the tables belong to YJSMS') }),
    ]);
    expect(found).toContainEqual(expect.objectContaining({ check: 'oracle: limits of the server', state: 'ok' }));
  });

  it('removes everything with the printed script, not while a session is at work', async () => {
    const script = await print('uninstall', ...ACCOUNTS);
    await as('BILLING').execute('SELECT MESSAGE_ID FROM V_SEND_T_LOG');
    await expect(runScript('SYSTEM', script)).rejects.toThrow(/nothing was done: \w+ has sessions/);
    await as('BILLING').execute('SELECT MESSAGE_ID FROM V_SEND_T_LOG');
    for (const [account, db] of opened) if (account !== 'SYSTEM') await db.close();
    for (const account of ['YJSMS', 'NEWCOMER', ...Object.keys(DBA_ACCOUNTS)]) opened.delete(account);
    await waitUntil('the sessions to be gone', () =>
      runScript('SYSTEM', script).then(
        () => true,
        (error: Error) => {
          if (!error.message.includes('has sessions')) throw error;
          return false;
        },
      ),
    );
    const users = await as('SYSTEM').execute('SELECT USERNAME FROM DBA_USERS');
    expect([users.rows, (await as('SYSTEM').execute('SELECT ROLE FROM DBA_ROLES')).rows]).toEqual([
      [{ username: 'SYSTEM' }],
      [],
    ]);
  });
});
