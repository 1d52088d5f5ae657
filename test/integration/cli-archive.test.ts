import { forEngine } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import { useStandingCli } from '../support/run-cli';
import { runOn } from '../support/run-on';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';
import { createTestTopics, testBrokers } from '../support/test-kafka';

const COLUMNS = 'message_id, app_id, dest_addr, content, status, source, created_at, expires_at, final_at';
const FINISHED = `'billing', '8613800138000', 'x', 'DELIVERED', 'kafka', $1, $2, $2`;
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);

onEachEngine('sms-bridge archive', (engine) => {
  const runCli = useStandingCli();
  let database: TestDatabase;
  let archive: (...args: readonly string[]) => ReturnType<typeof runCli>;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
    const { prefix } = await createTestTopics(1);
    const connections = ['--database', database.url, '--kafka', testBrokers(), '--topic-prefix', prefix];
    archive = (...args) => runCli([...connections, 'archive', ...args], { env: { TZ: 'UTC' } });
  });
  afterAll(() => database.drop());

  const rowsIn = async (table: string) => (await database.run(`SELECT message_id FROM ${table}`)).length;

  it('moves finished messages, and reports the counts', async () => {
    expect((await archive('list')).stdout).toBe('no run yet\n');
    await database.run(
      forEngine(engine, {
        pg: `INSERT INTO sm_send_t (${COLUMNS}) SELECT 'm-' || n, ${FINISHED} FROM generate_series(1, 1500) AS n`,
        oracledb: `INSERT INTO sm_send_t (${COLUMNS}) SELECT 'm-' || TO_CHAR(LEVEL), ${FINISHED} FROM DUAL CONNECT BY LEVEL <= 1500`,
      }),
      [hoursAgo(48), hoursAgo(24)],
    );
    const { code, stdout, json } = await archive('run', '--json');
    expect([code, json()]).toEqual([
      0,
      [expect.objectContaining({ outcome: 'ok', counts: expect.objectContaining({ sendArchived: 1500 }) })],
    ]);
    expect(stdout.split('\n')).toHaveLength(2);
    expect([await rowsIn('sm_send_t'), await rowsIn('sm_send_t_log')]).toEqual([0, 1500]);
    expect((await archive('run')).stdout).toMatch(/ok, \d+ ms\n.* 0 {2}no report in time/);
    expect((await archive('list', '--json')).json()).toMatchObject([
      { outcome: 'ok', counts: { sendArchived: 0 } },
      { outcome: 'ok', counts: { sendArchived: 1500 } },
    ]);
    expect((await archive('list')).stdout).toMatch(/^STARTED .*\n.* ok .*\n.* ok +1500 /);
  });

  it('does without Kafka what publishes nothing, and says what it could not do', async () => {
    await database.run(`INSERT INTO sm_send_t (${COLUMNS}) VALUES ('done', ${FINISHED})`, [hoursAgo(48), hoursAgo(24)]);
    const [before, noKafka] = [await rowsIn('sm_send_t_log'), ['--kafka', '127.0.0.1:1']];
    const quiet = await archive('run', ...noKafka);
    expect([quiet.code, await rowsIn('sm_send_t_log')]).toEqual([0, before + 1]);

    await database.run(
      `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, source, created_at, expires_at, handed_at)
       VALUES ('late', 'billing', '8613800138000', 'x', 'HANDED', 'kafka', $1, $1, $1)`,
      [hoursAgo(200)],
    );
    const { code, stdout, stderr } = await archive('run', ...noKafka);
    expect([code, stdout]).toEqual([1, expect.stringContaining('failed')]);
    expect(stderr).toMatch(/ECONNREFUSED|Kafka/);
    expect((await archive('run')).code).toBe(0);
  });

  it('reports that another run is active', async () => {
    const { code, stderr } = await inTransaction(database.db, async (tx) => {
      await runOn({ ...database.db, ...tx })('SELECT only_row FROM archive_lock FOR UPDATE');
      return archive('run', '--json');
    });
    expect([code, JSON.parse(stderr)]).toEqual([1, { error: expect.objectContaining({ code: 'ARCHIVE_BUSY' }) }]);
  });
});
