import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSecretOf, parseApiKey } from '../../services/shared/accounts/api-key';
import { openDatabase } from '../../services/shared/database/open-database';
import { toGroupId } from '../../services/shared/kafka/topics';
import { createEmptyDatabase } from '../support/empty-database';
import { runCli } from '../support/run-cli';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { connectTestKafka, createTestTopics, testBrokers } from '../support/test-kafka';

describe('sms-bridge migrate', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createEmptyDatabase();
  });
  afterAll(() => database.drop());
  const migrate = (...args: readonly string[]) => runCli(['migrate', '--database', database.url, ...args]);

  it('goes up, says how it stands, and goes down', async () => {
    const before = await migrate('--status', '--json');
    expect([before.code, before.json().map(({ done }) => done)]).toEqual([1, before.json().map(() => false)]);
    // looking changes nothing
    expect((await database.db.query(`SELECT 1 WHERE to_regclass('knex_migrations') IS NOT NULL`)).rowCount).toBe(0);

    const up = await migrate();
    expect([up.code, up.stdout]).toEqual([0, expect.stringContaining('done 0001-tables')]);
    expect((await migrate('--status')).code).toBe(0);
    expect((await migrate()).stdout).toContain('nothing to do');

    const down = await migrate('--down', '--json');
    expect([down.code, down.json()]).toEqual([0, [{ migration: before.json().at(-1)?.migration, result: 'undone' }]]);
    expect((await migrate('--status')).code).toBe(1);
    expect((await migrate()).code).toBe(0);
  });

  it('drops no rows by accident', async () => {
    await database.db.query(`INSERT INTO login_user (username, role) VALUES ('keep', 'administrator')`);
    const refused = await migrate('--down');
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/login_user: add --yes/)]);
    expect((await migrate('--down', '--yes')).code).toBe(0);
    expect((await migrate()).code).toBe(0);
  });

  it('says when another one is at it, and can take a dead one’s lock away', async () => {
    await migrate('--down', '--yes');
    await database.db.query('UPDATE knex_migrations_lock SET is_locked = 1');
    const locked = await migrate();
    expect([locked.code, locked.stderr]).toEqual([1, expect.stringContaining('--unlock')]);
    expect((await migrate('--unlock')).code).toBe(0);
    expect((await migrate()).code).toBe(0);
  });

  it('makes tables with the configured names, and takes the password from a file', async () => {
    const other = await createEmptyDatabase();
    const directory = await mkdtemp(join(tmpdir(), 'sms-bridge-cli-'));
    const url = new URL(other.url);
    writeFileSync(join(directory, 'names.json'), '{"tables":{"send":"OUT_QUEUE"}}');
    writeFileSync(join(directory, 'password'), `${decodeURIComponent(url.password)}\n`);
    url.password = '';
    const env = {
      DATABASE_URL: url.href,
      DATABASE_PASSWORD_FILE: join(directory, 'password'),
      EXCHANGE_FILE: join(directory, 'names.json'),
    };
    expect(await runCli(['migrate'], { env })).toMatchObject({ code: 0 });
    expect((await other.db.query('SELECT 1 FROM out_queue')).rowCount).toBe(0);
    await other.drop();
    await rm(directory, { recursive: true });
  });
});

describe('sms-bridge topics create', () => {
  const kafka = (prefix: string) => ['--kafka', testBrokers(), '--topic-prefix', prefix];
  const prefix = `cli${Date.now()}.`;

  it('checks, creates what is missing, and says what was there', async () => {
    const missing = await runCli(['topics', 'create', '--check', '--json', ...kafka(prefix)]);
    expect(missing.code).toBe(1);
    expect(new Set(missing.json().map(({ result }) => result))).toEqual(new Set(['missing']));

    const created = await runCli(['topics', 'create', '--partitions', '2', '--json', ...kafka(prefix)]);
    expect(created.code).toBe(0);
    expect(created.json()).toHaveLength(5);
    expect(created.json()[0]).toMatchObject({ topic: `${prefix}sms.send`, result: 'created', partitions: 2 });

    const again = await runCli(['topics', 'create', ...kafka(prefix)]);
    expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/exists .*sms\.dead-letter {2}2 partitions/)]);
    expect((await runCli(['topics', 'create', '--check', ...kafka(prefix)])).code).toBe(0);
  });

  it('refuses more copies than there are brokers', async () => {
    const { code, stderr } = await runCli(['topics', 'create', '--replication', '5', ...kafka('never.')]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('only 1 brokers')]);
  });

  it('finds a topic that would lose records too early', async () => {
    const other = `${prefix}other.`;
    const admin = connectTestKafka().admin();
    await admin.connect();
    const configEntries = [{ name: 'cleanup.policy', value: 'delete' }];
    await admin.createTopics({ topics: [{ topic: `${other}sms.status`, numPartitions: 1, configEntries }] });
    await admin.disconnect();
    const { code, stdout } = await runCli(['topics', 'create', ...kafka(other)]);
    expect([code, stdout]).toEqual([1, expect.stringContaining('cleanup.policy is delete instead of compact,delete')]);
  });
});

describe('sms-bridge app', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());
  const app = (...args: readonly string[]) => runCli(['app', ...args, '--database', database.url]);
  const hashOf = async (username: string) =>
    (
      await database.db.query<{ api_key_hash: string }>('SELECT api_key_hash FROM login_user WHERE username = $1', [
        username,
      ])
    ).rows[0]?.api_key_hash;
  const fits = async (username: string, key: unknown) => {
    const parsed = parseApiKey(String(key));
    return parsed?.username === username && isSecretOf(parsed.secret, await hashOf(username));
  };

  it('adds an application and prints its key, once', async () => {
    const added = await app('add', 'billing', '--ext-code', '01');
    expect(added.code).toBe(0);
    const key = /^ {2}(billing\.\S+)$/m.exec(added.stdout)?.[1];
    expect(await fits('billing', key)).toBe(true);
    expect((await app('list')).stdout).not.toContain(key);
    expect((await app('list', '--json')).json()).toEqual([
      expect.objectContaining({
        username: 'billing',
        appId: 'billing',
        extCode: '01',
        role: 'application',
        enabled: true,
        hasKey: true,
      }),
    ]);
  });

  it('rotates the key', async () => {
    const [added] = (await app('add', 'portal', '--json')).json();
    const [rotated] = (await app('rotate-key', 'portal', '--json')).json();
    expect(await fits('portal', added?.key)).toBe(false);
    expect(await fits('portal', rotated?.key)).toBe(true);
  });

  it('disables and enables', async () => {
    const enabled = async () =>
      (await database.db.query(`SELECT enabled FROM login_user WHERE username = 'outage'`)).rows;
    await app('add', 'outage');
    expect((await app('disable', 'outage')).code).toBe(0);
    expect(await enabled()).toEqual([{ enabled: false }]);
    expect((await app('enable', 'outage')).code).toBe(0);
    expect(await enabled()).toEqual([{ enabled: true }]);
  });

  it('creates a database login whose password works, or neither', async () => {
    const name = `meter_${Date.now()}`;
    const [added] = (await app('add', name, '--app', 'metering', '--login', '--json')).json();
    const url = new URL(database.url);
    url.username = name;
    url.password = added?.password as string;
    const db = openDatabase({ url: url.href, applicationName: 'test', poolMax: 3, statementTimeoutMs: 5_000 });
    const sent = await db.query(`INSERT INTO sm_send_t (dest_addr, content) VALUES ('13800138000', 'x')`);
    await db.close();
    expect(sent.rowCount).toBe(1);
    expect((await database.db.query('SELECT app_id FROM sm_send_t')).rows).toEqual([{ app_id: 'metering' }]);
    await database.db.query('DELETE FROM login_user WHERE username = $1', [name]);
    const again = await app('add', name, '--login');
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('already has a login')]);
    expect(await hashOf(name)).toBeUndefined();
    await database.db.knex.raw('DROP OWNED BY ??', [name]);
    await database.db.knex.raw('DROP ROLE ??', [name]);
  });

  it.each([
    [['add', 'billing'], 'ACCOUNT_EXISTS'],
    [['add', 'b c'], 'USERNAME_INVALID'],
    [['add', 'other', '--ext-code', '01'], 'EXT_CODE_TAKEN'],
    [['add', 'other', '--ext-code', 'x'], 'EXT_CODE_INVALID'],
    [['rotate-key', 'nobody'], 'ACCOUNT_UNKNOWN'],
    [['disable', 'nobody'], 'ACCOUNT_UNKNOWN'],
  ])('%j ends with exit code 1 and %s', async (args, errorCode) => {
    const { code, stderr } = await app(...args, '--json');
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: errorCode } });
    expect(code).toBe(1);
  });
});

describe('sms-bridge doctor', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('checks each thing, and finds what is broken', async () => {
    const { prefix, topics } = await createTestTopics(2);
    const args = ['doctor', '--json', '--database', database.url, '--kafka', testBrokers(), '--topic-prefix', prefix];
    const group = toGroupId('exchange-relay', prefix);
    const states = async () =>
      Object.fromEntries((await runCli(args)).json().map(({ check, state }) => [check, state]));

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
      'kafka: connection': 'ok',
      [`topic: ${topics.send}`]: 'ok',
      [`topic: ${topics.deadLetter}`]: 'ok',
      [`group: ${group}`]: 'failed',
      [`offsets: ${topics.send}`]: 'ok',
    });

    await database.db.query('REVOKE INSERT ON relay_offset FROM sms_relay');
    await database.db.query(`INSERT INTO relay_offset VALUES ($1, $2, 0, 500, now())`, [group, topics.send]);
    await database.db.query(
      `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, source, created_at)
       VALUES ('m-1', 'billing', '13800138000', 'x', 'NEW', 'table', now() - interval '1 hour')`,
    );
    await database.db.query(`INSERT INTO client_sms_resp (msg_id, result) VALUES ('m-1', '0')`);
    await database.db.query(
      `INSERT INTO client_sms_send (msg_id, dest_addr, content, create_time) VALUES ('m-1', '1', 'x', now() - interval '1 day')`,
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

  it('claims nothing about the offsets in a database that cannot be reached', async () => {
    const { prefix, topics } = await createTestTopics(1);
    const nobody = 'postgres://nobody@127.0.0.1:1/nothing';
    const args = ['doctor', '--json', '--database', nobody, '--kafka', testBrokers(), '--topic-prefix', prefix];
    const checks = (await runCli(args)).json().map(({ check }) => check);
    expect(checks).toContain(`group: ${toGroupId('exchange-relay', prefix)}`);
    expect(checks).not.toContain(`offsets: ${topics.send}`);
  });

  it('says what is missing on an empty database and a cluster without topics', async () => {
    const empty = await createEmptyDatabase();
    const args = ['doctor', '--database', empty.url, '--kafka', testBrokers(), '--topic-prefix', 'nothing.'];
    const { code, stdout, stderr } = await runCli(args);
    await empty.drop();
    expect(stdout).toMatch(/✗ database: migrations .*0001-tables/);
    expect(stdout).toMatch(/✗ topic: nothing\.sms\.send .*is missing/);
    expect(stdout).toContain('`sms-bridge migrate`');
    expect(stdout).toContain('`sms-bridge topics create`');
    expect([code, stderr]).toEqual([1, '']);
  });
});
