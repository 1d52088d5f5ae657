import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installNeeds, uninstallNeeds } from '../../cli/oracle/judge-server';
import { listStatements } from '../../migrations';
import { type SpawnedOracleServer, spawnOracleServer } from '../../oracle-stand-in/spawn-oracle-server';
import { createOwnTables } from '../../services/gateway-simulator/sql/own-tables';
import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { createEmptyDatabase } from '../support/empty-database';
import { startCli, useStandingCli } from '../support/run-cli';
import type { TestDatabase } from '../support/test-database';
import { onStandIn } from '../support/test-engines';
import { createTestTopics, testBrokers } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';

const MIGRATIONS = listStatements('oracledb', loadExchangeMapping()).map(({ name }) => name);

const DBA_PASSWORD = 'Change-me_26';
/** Characters that a password generator may use, and worse. */
const PASSWORD = `it's :x %41 $$ & ?`;
const ACCOUNTS = { PRODUCER: 'SMS_PRODUCER', RELAY: 'SMS_RELAY', PROVINCE: 'SMS_PROVINCE', BILLING: 'SMS_APPLICATION' };
const GIVEN = Object.entries(ACCOUNTS).flatMap(([name, role]) => ['--account', `${name}:${role}`]);
const DDL = /^\s*(CREATE|ALTER USER|GRANT|DROP)\b/;

onStandIn('sms-bridge oracle install', () => {
  let behind: TestDatabase;
  let oracle: SpawnedOracleServer;
  let passwords: string;
  const opened: Database[] = [];
  const runCli = useStandingCli();

  beforeEach(async () => {
    behind = await createEmptyDatabase();
    const rights = [...Object.keys(installNeeds(true, true)), ...Object.keys(uninstallNeeds(true))];
    oracle = await spawnOracleServer({
      postgresUrl: behind.url,
      users: {
        SYSTEM: { password: DBA_PASSWORD, privileges: ['DBA', ...rights] },
        CLERK: { password: DBA_PASSWORD, privileges: ['CREATE SESSION', 'CREATE USER'] },
      },
    });
    passwords = mkdtempSync(join(tmpdir(), 'sms-bridge-passwords-'));
    for (const name of ['owner', ...Object.keys(ACCOUNTS).map((account) => account.toLowerCase())])
      writeFileSync(join(passwords, `database_${name}`), `${name} ${PASSWORD}\n`);
  });
  afterEach(async () => {
    for (const db of opened.splice(0)) await db.close();
    await oracle.close();
    await behind.drop();
    rmSync(passwords, { recursive: true });
  });

  const addressOf = (account: string): string => `oracle://${account}@${oracle.connectString}`;
  const env = { TZ: 'UTC', DATABASE_PASSWORD: DBA_PASSWORD };
  const toArgs = (command: string, more: readonly string[]) => [
    'oracle',
    command,
    ...['--database', addressOf('SYSTEM'), '--json', ...GIVEN, ...more],
  ];
  const install = (...more: string[]) => runCli(toArgs('install', ['--passwords', passwords, ...more]), { env });
  const uninstall = (...more: string[]) => runCli(toArgs('uninstall', more), { env });
  const open = (account: string, password: string): Database => {
    const db = openDatabase({
      url: addressOf(account),
      password,
      applicationName: 'test',
      poolMax: 3,
      statementTimeoutMs: 60_000,
    });
    opened.push(db);
    return db;
  };
  const resultsOf = (lines: readonly Record<string, unknown>[]) =>
    Object.fromEntries(lines.map(({ step, name, result }) => [`${step} ${name}`, result]));
  const ddl = async () => (await oracle.statements()).map(({ sql }) => sql).filter((sql) => DDL.test(sql));

  it('creates a working installation, and changes nothing the second time', async () => {
    const first = await install('--own-tables', 'PROVINCE');
    expect([first.code, first.stderr.split('\n')]).toEqual([0, [expect.stringMatching(/^installed/), '']]);
    expect(resultsOf(first.json())).toEqual({
      ...Object.fromEntries(
        ['SMS_EXCHANGE', 'SMS_EXCHANGE_IDX', 'SMS_SEND_T', 'SMS_SEND_T_LOG', 'SMS_RECEIVE_T', 'SMS_RECEIVE_T_LOG']
          .concat(['SMS_LOGIN_USER', 'SMS_DAY_IDX', 'SMS_HISTORY_IDX'])
          .map((name) => [`tablespace ${name}`, 'created']),
      ),
      'owner YJSMS': 'created',
      ...Object.fromEntries(MIGRATIONS.map((name) => [`migration ${name}`, 'done'])),
      'account PRODUCER': 'created',
      'account RELAY': 'created',
      'account PROVINCE': 'created',
      'account BILLING': 'created',
    });

    await oracle.clearLog();
    writeFileSync(join(passwords, 'database_relay'), 'another');
    const second = await install('--own-tables', 'PROVINCE');
    expect([second.code, new Set(Object.values(resultsOf(second.json())))]).toEqual([0, new Set(['there'])]);
    // only knex' statements for its own tables run again, and the tables exist
    expect((await ddl()).filter((sql) => !sql.includes('"knex_migrations'))).toEqual([]);
    await open('RELAY', `relay ${PASSWORD}`).oracle.execute('SELECT NEXT_OFFSET FROM RELAY_OFFSET FOR UPDATE');

    const { prefix } = await createTestTopics(1);
    for (const [account, password] of [
      ['YJSMS', `owner ${PASSWORD}`],
      ['RELAY', `relay ${PASSWORD}`],
    ] as const) {
      const found = await runCli(
        ['doctor', '--json', '--database', addressOf(account), '--kafka', testBrokers(), '--topic-prefix', prefix],
        { env: { TZ: 'UTC', DATABASE_PASSWORD: password } },
      );
      const database = found.json().filter(({ check }) => /^(database|rights|oracle)/.test(String(check)));
      expect(database.length).toBeGreaterThan(5);
      expect(database.filter(({ state }) => state === 'failed')).toEqual([]);
    }
    const province = open('PROVINCE', `province ${PASSWORD}`);
    const tables = { journal: 'gateway_journal', answers: 'gateway_answer', answerLog: undefined };
    expect(await createOwnTables(province, tables)).toEqual(['gateway_journal', 'gateway_answer']);
    await expect(
      open('RELAY', `relay ${PASSWORD}`).oracle.execute('CREATE TABLE MINE (X NUMBER(1))'),
    ).rejects.toMatchObject({ code: 'DB_DENIED' });
  });

  it('continues where it stopped: at a failed statement, or at a kill in the middle of a migration', async () => {
    await oracle.inject({ kind: 'fail', number: 1031, matching: '^GRANT CREATE SESSION TO RELAY' });
    const off = ['--tablespaces', 'off'];
    const failed = await install(...off);
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('DB_DENIED')]);
    expect(resultsOf(failed.json())).toMatchObject({ 'account PRODUCER': 'created' });
    const again = await install(...off);
    expect(resultsOf(again.json())).toMatchObject({
      'account PRODUCER': 'there',
      'account RELAY': 'completed',
      'account BILLING': 'created',
    });
    const dba = open('SYSTEM', DBA_PASSWORD);
    for (const account of [...Object.keys(ACCOUNTS), 'YJSMS']) await dba.oracle.execute(`DROP USER ${account} CASCADE`);

    await oracle.clearLog();
    await oracle.inject({ kind: 'slow', ms: 300_000, matching: '^CREATE TABLE SM_RECEIVE_T ' });
    const killed = startCli(toArgs('install', ['--passwords', passwords, ...off]), { env });
    await waitUntil('the migration to be in the middle', async () =>
      (await oracle.statements()).some(({ sql }) => sql.startsWith('CREATE TABLE SM_SEND_T ')),
    );
    killed.child.kill('SIGKILL');
    await killed.result;
    await oracle.clearFaults();
    const after = await install(...off);
    expect([after.code, resultsOf(after.json())]).toEqual([
      0,
      {
        'owner YJSMS': 'there',
        'lock knex_migrations_lock': 'freed',
        ...Object.fromEntries(MIGRATIONS.map((name) => [`migration ${name}`, 'done'])),
        ...Object.fromEntries(Object.keys(ACCOUNTS).map((name) => [`account ${name}`, 'created'])),
      },
    ]);
    await open('BILLING', `billing ${PASSWORD}`).oracle.execute('SELECT MESSAGE_ID FROM V_SEND_T_LOG');
  });

  it('completes an owner that a DBA created: adds missing quotas and rights, and no others', async () => {
    const dba = open('SYSTEM', DBA_PASSWORD).oracle;
    await dba.execute(`CREATE USER YJSMS IDENTIFIED BY "owner ${PASSWORD}" QUOTA UNLIMITED ON USERS`);
    await dba.execute('GRANT CREATE SESSION, CREATE TABLE TO YJSMS');
    await oracle.clearLog();
    expect(resultsOf((await install()).json())).toHaveProperty(['owner YJSMS'], 'completed');
    const given = (await ddl()).filter((sql) => /^(ALTER USER|GRANT .* TO YJSMS$)/.test(sql));
    expect(given).toEqual([
      expect.stringMatching(/^GRANT CREATE SESSION, CREATE TABLE, .* TO YJSMS$/),
      expect.stringMatching(/^ALTER USER YJSMS (QUOTA UNLIMITED ON SMS_\w+ ?){9}$/),
    ]);
    expect(resultsOf((await install()).json())).toMatchObject({ 'owner YJSMS': 'there' });
  });

  it('removes everything, refuses while a session is at work, and prints a script when no server is given', async () => {
    await install();
    const script = await runCli(['oracle', 'uninstall', ...GIVEN], {
      env: { ...env, DATABASE_URL: addressOf('SYSTEM') },
    });
    expect([script.code, script.stdout]).toEqual([0, expect.stringContaining('DROP USER YJSMS CASCADE;')]);
    expect((await uninstall()).code).toBe(2);

    const relay = open('RELAY', `relay ${PASSWORD}`);
    await relay.oracle.execute('SELECT 1 AS X FROM DUAL');
    const busy = await uninstall('--yes');
    expect([busy.code, busy.stderr]).toEqual([1, expect.stringContaining('RELAY have sessions')]);
    await relay.close();
    opened.splice(0);

    const gone = await waitUntil('the session to be gone', async () => {
      const tried = await uninstall('--yes');
      return tried.code === 0 ? tried : undefined;
    });
    expect(new Set(gone?.json().map(({ result }) => result))).toEqual(new Set(['done']));
    const dba = open('SYSTEM', DBA_PASSWORD).oracle;
    const users = await dba.execute('SELECT USERNAME FROM DBA_USERS ORDER BY USERNAME');
    expect(users.rows).toEqual([{ username: 'CLERK' }, { username: 'SYSTEM' }]);
    expect((await dba.execute('SELECT ROLE FROM DBA_ROLES')).rows).toEqual([]);
    const spaces = await dba.execute(`SELECT TABLESPACE_NAME FROM DBA_TABLESPACES WHERE TABLESPACE_NAME LIKE 'SMS%'`);
    expect(spaces.rows).toEqual([]);
    const twice = await uninstall('--yes');
    expect([twice.code, new Set(twice.json().map(({ result }) => result))]).toEqual([0, new Set(['not there'])]);
  });

  it('refuses before it changes anything, and gives the reason', async () => {
    const refusal = async (args: readonly string[], more: Record<string, string> = {}) => {
      const { code, stdout, stderr } = await runCli(['oracle', 'install', ...GIVEN, ...args], {
        env: { ...env, ...more },
      });
      expect([code === 0, stdout]).toEqual([false, '']);
      expect(stderr).not.toContain(PASSWORD);
      return stderr;
    };
    const system = ['--database', addressOf('SYSTEM'), '--verbose'];
    expect(await refusal(system)).toContain('give --passwords');
    expect(await refusal(['--passwords', passwords, '--database', 'postgres://x/y'])).toContain('oracle://');
    expect(await refusal(['--passwords', passwords, '--database', addressOf('SYS')])).toContain('SYSDBA');
    expect(await refusal(['--passwords', passwords, '--database', addressOf('CLERK')])).toMatch(
      /GRANT GRANT ANY ROLE TO CLERK \/\* the role of each account \*\/;/,
    );
    rmSync(join(passwords, 'database_relay'));
    writeFileSync(join(passwords, 'producer'), `say "${PASSWORD}"`);
    writeFileSync(join(passwords, 'billing'), `${PASSWORD} and much longer than it may be`);
    expect(await refusal([...system, '--passwords', passwords])).toMatch(
      /PRODUCER: .*producer must be .* without a double quote\n.*RELAY: .* has no file relay, database_relay\n.*BILLING: .* at most 30/,
    );
    for (const name of ['producer', 'billing', 'relay']) writeFileSync(join(passwords, name), 'good-1');

    const dba = open('SYSTEM', DBA_PASSWORD).oracle;
    for (const text of ['CREATE USER YJSMS IDENTIFIED BY "x"', 'GRANT CREATE SESSION TO YJSMS'])
      await dba.execute(text);
    expect(await refusal([...system, '--passwords', passwords])).toMatch(/YJSMS exists, .* nothing was changed/);
    await dba.execute('DROP USER YJSMS CASCADE');
    for (const text of [
      'CREATE USER RELAY IDENTIFIED BY "x"',
      'GRANT CREATE SESSION, CREATE TABLE TO RELAY',
      'ALTER USER RELAY QUOTA UNLIMITED ON USERS',
      'CREATE TABLE RELAY.RACES (X NUMBER(1))',
      'CREATE ROLE SMS_ADMINISTRATOR',
      'GRANT SELECT ON RELAY.RACES TO SMS_ADMINISTRATOR',
    ])
      await dba.execute(text);
    const refused = await refusal([...system, '--passwords', passwords]);
    expect(refused).toMatch(/RELAY exists, owns objects and lacks the role SMS_RELAY/);
    expect(refused).toMatch(/role SMS_ADMINISTRATOR has rights on tables of RELAY/);
    const users = await dba.execute('SELECT USERNAME FROM DBA_USERS ORDER BY USERNAME');
    expect(users.rows).toEqual(['CLERK', 'RELAY', 'SYSTEM'].map((username) => ({ username })));
  });
});
