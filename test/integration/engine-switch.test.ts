import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';

onEachEngine('a test database', (engine) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
  });
  afterAll(() => database.drop());
  afterEach(() => database.empty());

  it('takes rows of the common subset and returns them with lower-case names', async () => {
    const at = new Date(1_700_000_000_123);
    await database.run(
      'INSERT INTO relay_offset (group_id, topic, partition_no, next_offset, updated_at) VALUES ($1, $1, $2, $3, $4)',
      ['g', 3, 42, at],
    );
    const rows = await database.run('SELECT group_id, topic, partition_no, next_offset, updated_at FROM relay_offset');
    expect(rows).toEqual([{ group_id: 'g', topic: 'g', partition_no: 3, next_offset: '42', updated_at: at }]);
    await database.empty();
    expect(await database.run('SELECT * FROM relay_offset')).toEqual([]);
  });

  it('has logins with exactly the rights of their role', async () => {
    const relay = await database.login('sms_relay');
    const archiver = await database.login('sms_archiver');
    await relay.run(
      'INSERT INTO relay_offset (group_id, topic, partition_no, next_offset, updated_at) VALUES ($1, $1, 0, 0, $2)',
      ['g', new Date()],
    );
    await expect(archiver.run('SELECT topic FROM relay_offset')).rejects.toMatchObject({
      code: expect.stringMatching(/^DB_(DENIED|SCHEMA)$/),
    });
    await expect(relay.run('DELETE FROM relay_offset')).rejects.toMatchObject({ code: 'DB_DENIED' });
    expect(await archiver.run('SELECT only_row FROM archive_lock')).toEqual([{ only_row: expect.anything() }]);
  });
});
