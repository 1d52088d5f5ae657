import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { forEngine, type PerEngine } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import { useStandingCli } from '../support/run-cli';
import { createUnmigratedDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';
import { connectTestKafka, testBrokers } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';

const BOOKKEEPING: PerEngine<string> = {
  pg: `SELECT 1 AS there FROM information_schema.tables WHERE table_name = 'knex_migrations'`,
  oracledb: `SELECT 1 AS THERE FROM USER_TABLES WHERE TABLE_NAME = 'knex_migrations'`,
};

/** Oracle only: the schema of a test has no tablespaces of its own. */
const ENV = { TZ: 'UTC', ORACLE_TABLESPACES: 'off' };

const runCli = useStandingCli();

onEachEngine('sms-bridge migrate', (engine) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createUnmigratedDatabase(engine);
  });
  afterAll(() => database.drop());
  const migrate = (...args: readonly string[]) =>
    runCli(['migrate', '--database', database.url, ...args], { env: ENV });

  it('migrates up, shows the state, and migrates down', async () => {
    const before = await migrate('--status', '--json');
    expect([before.code, before.json().map(({ done }) => done)]).toEqual([1, before.json().map(() => false)]);
    // showing the state changes nothing
    expect(await database.run(forEngine(engine, BOOKKEEPING))).toEqual([]);

    const up = await migrate();
    expect([up.code, up.stdout]).toEqual([0, expect.stringContaining('done 0001-tables')]);
    expect((await migrate('--status')).code).toBe(0);
    expect((await migrate()).stdout).toContain('nothing to do');

    const down = await migrate('--down', '--json');
    expect([down.code, down.json()]).toEqual([0, [{ migration: before.json().at(-1)?.migration, result: 'undone' }]]);
    expect((await migrate('--status')).code).toBe(1);
    expect((await migrate()).code).toBe(0);
  });

  // On Oracle a reader holds no lock.
  if (engine === 'pg')
    it('waits for a session that reads a table, and lets the services through meanwhile', async () => {
      await migrate('--down', '--yes');
      let migrating: ReturnType<typeof migrate> | undefined;
      let slowest = 0;
      await inTransaction(database.db, async ({ query }) => {
        await query('SELECT * FROM login_user');
        migrating = migrate();
        await waitUntil('the migration waits', async () => (await database.lockWaiters()) > 0);
        for (let round = 0; round < 30; round += 1) {
          const startedAt = performance.now();
          await database.run('SELECT username FROM login_user');
          slowest = Math.max(slowest, performance.now() - startedAt);
          await setTimeout(100);
        }
      });
      expect(slowest).toBeLessThan(1_500);
      const { code, stdout, stderr } = await migrating!;
      expect([code, stdout, stderr]).toEqual([
        0,
        expect.stringContaining('done 0'),
        expect.stringContaining('waiting'),
      ]);
    });

  it('does not drop rows without --drop-data', async () => {
    await database.run(`INSERT INTO login_user (username, role) VALUES ('keep', 'administrator')`);
    const refused = await migrate('--down');
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/login_user. Add --yes/)]);
    expect((await migrate('--down', '--yes')).code).toBe(0);
    expect((await migrate()).code).toBe(0);
  });

  it('reports another running migration, and can remove the lock of a dead one', async () => {
    await migrate('--down', '--yes');
    await database.run('UPDATE "knex_migrations_lock" SET "is_locked" = 1');
    const locked = await migrate();
    expect([locked.code, locked.stderr]).toEqual([1, expect.stringContaining('--unlock')]);
    expect((await migrate('--unlock')).code).toBe(0);
    expect((await migrate()).code).toBe(0);
  });

  it('creates tables with the configured names, and reads the password from a file', async () => {
    const other = await createUnmigratedDatabase(engine);
    const directory = await mkdtemp(join(tmpdir(), 'sms-bridge-cli-'));
    const url = new URL(other.url);
    writeFileSync(join(directory, 'names.json'), '{"tables":{"send":"OUT_QUEUE"}}');
    writeFileSync(join(directory, 'password'), `${decodeURIComponent(url.password)}\n`);
    url.password = '';
    const env = {
      ...ENV,
      DATABASE_URL: url.href,
      DATABASE_PASSWORD_FILE: join(directory, 'password'),
      EXCHANGE_FILE: join(directory, 'names.json'),
    };
    expect(await runCli(['migrate'], { env })).toMatchObject({ code: 0 });
    expect(await other.run('SELECT msg_id FROM out_queue')).toEqual([]);
    await other.drop();
    await rm(directory, { recursive: true });
  });
});

describe('sms-bridge topics create', () => {
  const kafka = (prefix: string) => ['--kafka', testBrokers(), '--topic-prefix', prefix];
  const prefix = `cli${Date.now()}.`;

  it('checks, creates missing topics, and lists those that existed', async () => {
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

  it('refuses more replicas than there are brokers', async () => {
    const { code, stderr } = await runCli(['topics', 'create', '--replication', '5', ...kafka('never.')]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('only 1 brokers')]);
  });

  it('finds a topic whose retention is too short', async () => {
    const other = `${prefix}other.`;
    const admin = connectTestKafka().admin();
    await admin.connect();
    const configEntries = [{ name: 'cleanup.policy', value: 'delete' }];
    await admin.createTopics({
      waitForLeaders: false,
      topics: [{ topic: `${other}sms.status`, numPartitions: 1, configEntries }],
    });
    await admin.disconnect();
    const { code, stdout } = await runCli(['topics', 'create', ...kafka(other)]);
    expect([code, stdout]).toEqual([1, expect.stringContaining('cleanup.policy is delete instead of compact,delete')]);
  });
});
