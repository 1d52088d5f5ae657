import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { toGroupId } from '../../shared/kafka/kafkajs/topics';
import { useStandingCli } from '../support/run-cli';
import { createTestDatabase, createUnmigratedDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine, onStandIn } from '../support/test-engines';
import { createTestTopics, testBrokers } from '../support/test-kafka';
import { findingsOf } from './doctor-findings';

const HOUR = 3_600_000;
const runCli = useStandingCli();

/** On Oracle every process needs TZ=UTC, the command's included. */
const doctor = (database: string, prefix: string, ...more: readonly string[]) =>
  runCli(['doctor', '--kafka', testBrokers(), '--topic-prefix', prefix, ...more], {
    env: { TZ: 'UTC', DATABASE_URL: database },
  });

onEachEngine('sms-bridge doctor', (engine) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
  });
  afterAll(() => database.drop());

  it('checks each item, and finds each fault', async () => {
    const { prefix, topics } = await createTestTopics(2);
    const group = toGroupId('exchange-relay', prefix);
    const states = async () =>
      Object.fromEntries(
        (await doctor(database.url, prefix, '--json')).json().map(({ check, state }) => [check, state]),
      );

    const healthy = await states();
    expect(healthy).toMatchObject({
      'database: connection': 'ok',
      'database: clock': 'ok',
      'database: migrations': 'ok',
      'database: platform tables': 'ok',
      'database: exchange tables': 'ok',
      'database: applications': 'warning',
      'rights: sms_relay': 'ok',
      'rights: sms_administrator': 'ok',
      'flow: CLIENT_SMS_SEND': 'ok',
      'flow: CLIENT_SMS_RECV': 'ok',
      'database: exchange columns': 'ok',
      'database: test rows': 'ok',
      'flow: parked records': 'ok',
      'kafka: connection': 'ok',
      [`topic: ${topics.send}`]: 'ok',
      [`topic: ${topics.deadLetter}`]: 'ok',
      [`group: ${group}`]: 'failed',
      [`offsets: ${topics.send}`]: 'ok',
    });

    const now = Date.now();
    await database.run('REVOKE INSERT ON relay_offset FROM sms_relay');
    await database.run(
      'INSERT INTO relay_offset (group_id, topic, partition_no, next_offset, updated_at) VALUES ($1, $2, 0, 500, $3)',
      [group, topics.send, new Date(now)],
    );
    await database.run(
      `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, source, created_at)
       VALUES ('m-1', 'billing', '13800138000', 'x', 'NEW', 'table', $1)`,
      [new Date(now - HOUR)],
    );
    await database.run(`INSERT INTO client_sms_resp (msg_id, result) VALUES ('m-1', '0')`);
    await database.run(
      `INSERT INTO client_sms_send (msg_id, dest_addr, content, create_time) VALUES ('m-1', '1', 'x', $1)`,
      [new Date(now - 24 * HOUR)],
    );
    expect(await states()).toMatchObject({
      'rights: sms_relay': 'failed',
      'rights: sms_collector': 'ok',
      [`offsets: ${topics.send}`]: 'failed',
      'flow: table intake': 'failed',
      'flow: CLIENT_SMS_RESP': 'failed',
      'flow: CLIENT_SMS_REPORT': 'ok',
      'flow: CLIENT_SMS_SEND': 'failed',
    });
  });

  it('names the column of an exchange table that does not fit, and the object that refuses a test row', async () => {
    const { prefix } = await createTestTopics(1);
    const pg = engine === 'pg';
    for (const text of [
      pg
        ? 'ALTER TABLE client_sms_send ADD region_code varchar(4), ALTER dest_addr TYPE varchar(11), ALTER send_time TYPE text'
        : 'ALTER TABLE client_sms_send MODIFY (dest_addr VARCHAR2(11 CHAR))',
      ...(pg ? [] : ['ALTER TABLE client_sms_send ADD region_code VARCHAR2(4)']),
      'DELETE FROM client_sms_send',
      pg
        ? 'ALTER TABLE client_sms_send ALTER region_code SET NOT NULL'
        : 'ALTER TABLE client_sms_send MODIFY (region_code NOT NULL)',
    ])
      await database.db.knex.raw(text);
    try {
      const findings = (await doctor(database.url, prefix, '--json')).json();
      const of = (name: string) => findings.find(({ check }) => check === name);
      expect(of('database: exchange columns')).toMatchObject({ state: 'failed' });
      expect(String(of('database: exchange columns')?.detail)).toMatch(
        pg
          ? /dest_addr holds 11 characters.*send_time is text.*region_code must not be empty/i
          : /DEST_ADDR holds 11.*REGION_CODE must not/,
      );
      expect(of('database: test rows')).toMatchObject({ state: 'failed' });
      expect(String(of('database: test rows')?.detail)).toMatch(/CLIENT_SMS_SEND.*: (make the column|give the column)/);
    } finally {
      await database.db.knex.raw('ALTER TABLE client_sms_send DROP COLUMN region_code');
      await database.db.knex.raw(
        pg
          ? 'ALTER TABLE client_sms_send ALTER dest_addr TYPE varchar(20), ALTER send_time TYPE timestamptz USING send_time::timestamptz'
          : 'ALTER TABLE client_sms_send MODIFY (dest_addr VARCHAR2(20 CHAR))',
      );
    }
  });

  it('reports nothing about the offsets in a database that is unreachable', async () => {
    const { prefix, topics } = await createTestTopics(1);
    const absent = {
      pg: 'postgres://unknown@127.0.0.1:1/nothing',
      oracledb: 'oracle://unknown:x@127.0.0.1:1/nothing',
    };
    const found = (await doctor(absent[engine], prefix, '--json')).json();
    expect(found).toContainEqual(expect.objectContaining({ check: 'database: connection', state: 'failed' }));
    const checks = found.map(({ check }) => check);
    expect(checks).toContain(`group: ${toGroupId('exchange-relay', prefix)}`);
    expect(checks).not.toContain(`offsets: ${topics.send}`);
  });

  it('reports what an empty database and a cluster without topics lack', async () => {
    const empty = await createUnmigratedDatabase(engine);
    const { code, stdout, stderr } = await doctor(empty.url, 'nothing.');
    await empty.drop();
    expect(stdout).toMatch(/✗ database: migrations .*0001-tables/);
    expect(stdout).toMatch(/✗ topic: nothing\.sms\.send .*is missing/);
    expect(stdout).toContain('`sms-bridge migrate`');
    expect(stdout).toContain('`sms-bridge topics create`');
    expect([code, stderr]).toEqual([1, '']);
  });
});

onStandIn('sms-bridge doctor on Oracle', () => {
  let database: TestDatabase;
  let dba: Database;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, 'oracledb');
    dba = openDatabase({
      url: database.url.replace('YJSMS:', 'DBADMIN:'),
      applicationName: 'test',
      poolMax: 3,
      statementTimeoutMs: 20_000,
    });
  });
  afterAll(async () => {
    await dba.close();
    await database.drop();
  });
  const failures = async (url: string) => (await findingsOf(url)).filter(({ state }) => state === 'failed');

  it('finds no fault for the owner and for each role, and names what only others can see', async () => {
    const owner = await findingsOf(database.url);
    expect(owner.filter(({ state }) => state === 'failed')).toEqual([]);
    for (const check of ['account', 'profile', 'tablespaces', 'quotas', 'rights of the owner', 'objects'])
      expect(owner).toContainEqual(expect.objectContaining({ check: `oracle: ${check}`, state: 'ok' }));
    for (const role of ['sms_relay', 'sms_application'] as const) {
      const { url, username } = await database.login(role);
      const seen = await findingsOf(url);
      expect(seen.filter(({ state }) => state === 'failed')).toEqual([]);
      expect(seen.filter(({ check }) => check.startsWith('rights: ')).map(({ check }) => check)).toEqual([
        `rights: ${role}`,
      ]);
      expect(seen).toContainEqual(
        expect.objectContaining({
          check: 'oracle: limits of the server',
          state: 'warning',
          advice: expect.stringContaining(`GRANT SELECT ON SYS.V_$PARAMETER TO ${username};`),
        }),
      );
    }
  });

  it('shows the limits of the server to accounts that may read them', async () => {
    await dba.oracle.execute('GRANT SELECT_CATALOG_ROLE TO YJSMS');
    const seen = await findingsOf(database.url);
    expect(seen).toContainEqual(
      expect.objectContaining({ check: 'oracle: limits of the server', detail: expect.stringContaining('of 300') }),
    );
    expect(seen).toContainEqual(
      expect.objectContaining({
        check: 'oracle: idle blockers',
        state: 'warning',
        advice: expect.stringContaining('ALTER SYSTEM SET max_idle_blocker_time = 2'),
      }),
    );
  });

  it("names the synonym or the right that a service's account lacks", async () => {
    const { url, username } = await database.login('sms_archiver');
    await dba.oracle.execute(`DROP SYNONYM ${username}.SM_RECEIVE_T`);
    expect(await failures(url)).toEqual([
      expect.objectContaining({
        check: 'database: platform tables',
        detail: 'not found: sm_receive_t',
        advice: `A DBA:\n      CREATE OR REPLACE SYNONYM ${username}.SM_RECEIVE_T FOR YJSMS.SM_RECEIVE_T;`,
      }),
    ]);
    await dba.oracle.execute(`CREATE SYNONYM ${username}.SM_RECEIVE_T FOR YJSMS.SM_RECEIVE_T`);
    await database.db.oracle.execute('REVOKE DELETE ON SM_RECEIVE_T FROM SMS_ARCHIVER');
    expect(await failures(url)).toEqual([
      expect.objectContaining({ check: 'rights: sms_archiver', detail: 'may not DELETE on SM_RECEIVE_T' }),
    ]);
  });

  it('tells a new owner what a DBA must do first', async () => {
    await dba.oracle.execute('CREATE USER NEWCOMER IDENTIFIED BY "secret"');
    await dba.oracle.execute('GRANT CREATE SESSION, CREATE TABLE TO NEWCOMER');
    const found = await failures(database.url.replace('YJSMS:', 'NEWCOMER:'));
    expect(found).toContainEqual(
      expect.objectContaining({
        check: 'oracle: tablespaces',
        detail: expect.stringContaining('SMS_HISTORY_IDX'),
        advice: expect.stringContaining('oracle script dba'),
      }),
    );
    expect(found).toContainEqual(
      expect.objectContaining({
        check: 'oracle: rights of the owner',
        advice: 'A DBA: GRANT CREATE VIEW, CREATE SEQUENCE, CREATE TRIGGER, CREATE ROLE TO NEWCOMER',
      }),
    );
    expect(found).toContainEqual(expect.objectContaining({ check: 'database: migrations' }));
  });

  it('reports that the process needs the time zone UTC', async () => {
    const args = [
      'doctor',
      '--json',
      '--database',
      database.url,
      '--kafka',
      testBrokers(),
      '--topic-prefix',
      'nothing.',
    ];
    const found = (await runCli(args, { env: { TZ: 'Asia/Shanghai' } })).json();
    expect(found[0]).toMatchObject({ check: 'settings: database', state: 'failed' });
    expect(String(found[0]?.detail)).toContain('TZ=UTC');
  });
});
