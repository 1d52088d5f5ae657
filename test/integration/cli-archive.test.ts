import { runCli } from '../support/run-cli';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { createTestTopics, testBrokers } from '../support/test-kafka';

describe('sms-bridge archive', () => {
  let database: TestDatabase;
  let archive: (...args: readonly string[]) => ReturnType<typeof runCli>;
  beforeAll(async () => {
    database = await createTestDatabase();
    const { prefix } = await createTestTopics(1);
    const connections = ['--database', database.url, '--kafka', testBrokers(), '--topic-prefix', prefix];
    archive = (...args) => runCli(['archive', ...args, ...connections]);
  });
  afterAll(() => database.drop());

  const rowsIn = async (table: string) => (await database.db.query(`SELECT 1 FROM ${table}`)).rowCount;

  it('moves what is finished, and says what it did', async () => {
    expect((await archive('list')).stdout).toBe('no run yet\n');
    await database.db.query(
      `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, source, created_at, expires_at, final_at)
       SELECT 'm-' || n, 'billing', '8613800138000', 'x', 'DELIVERED', 'kafka', now() - interval '2 days', now() - interval '1 day', now() - interval '1 day'
         FROM generate_series(1, 1500) AS n`,
    );
    const { code, stdout, json } = await archive('run', '--json');
    expect([code, json()]).toEqual([
      0,
      [expect.objectContaining({ outcome: 'ok', counts: expect.objectContaining({ sendArchived: 1500 }) })],
    ]);
    expect(stdout.split('\n')).toHaveLength(2);
    expect([await rowsIn('sm_send_t'), await rowsIn('sm_send_t_log')]).toEqual([0, 1500]);
    expect((await archive('run')).stdout).toMatch(/ok, \d+ ms\n.* 0 {2}no report in time/);
    expect((await archive('list', '--json')).json()).toHaveLength(2);
  });

  it('says when another one is at it', async () => {
    const other = await database.db.knex.transaction();
    await other.raw('SELECT 1 FROM archive_lock FOR UPDATE');
    const { code, stderr } = await archive('run', '--json');
    await other.rollback();
    expect([code, JSON.parse(stderr)]).toEqual([1, { error: expect.objectContaining({ code: 'ARCHIVE_BUSY' }) }]);
  });
});
