import { openDatabase } from '../../services/shared/database/open-database';
import { inTransaction } from '../../services/shared/database/transaction';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

describe('errors of the database', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it.each([
    ['INSERT INTO archive_lock VALUES (1)', 'DB_UNIQUE', false],
    ['INSERT INTO archive_lock VALUES (2)', 'DB_DATA', false],
    ["INSERT INTO login_user (username, role) VALUES (repeat('x', 65), 'administrator')", 'DB_DATA', false],
    ["SELECT convert_from('\\x00', 'UTF8')", 'DB_DATA', false],
    ['SELECT * FROM nowhere', 'DB_SCHEMA', false],
    ['SET statement_timeout = 5; SELECT pg_sleep(5)', 'DB_TIMEOUT', true],
    ['SELECT pg_terminate_backend(pg_backend_pid())', 'DB_UNAVAILABLE', true],
  ])('%s → %s, worth another try: %s', async (sql, code, retryable) => {
    await expect(inTransaction(database.db, ({ query }) => query(sql))).rejects.toMatchObject({ code, retryable });
    expect((await database.db.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('a transaction that fails leaves nothing behind', async () => {
    const work = inTransaction(database.db, async ({ query }) => {
      await query("INSERT INTO login_user (username, role) VALUES ('u', 'administrator')");
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    expect((await database.db.query('SELECT * FROM login_user')).rows).toEqual([]);
  });

  it('a transaction in which a failed statement was passed over is not taken for committed', async () => {
    const work = inTransaction(database.db, async ({ query }) => {
      await query("INSERT INTO login_user (username, role) VALUES ('v', 'administrator')");
      await query('SELECT 1 / 0').catch(() => undefined);
    });
    await expect(work).rejects.toMatchObject({ code: 'DB_ROLLED_BACK', retryable: false });
    expect((await database.db.query('SELECT * FROM login_user')).rows).toEqual([]);
  });

  it('a deadlock is one that another try solves', async () => {
    await database.db.query(
      "INSERT INTO login_user (username, role) VALUES ('a', 'administrator'), ('b', 'administrator')",
    );
    const lock = 'SELECT 1 FROM login_user WHERE username = $1 FOR UPDATE';
    let arrived = 0;
    let both: () => void;
    const meet = new Promise<void>((resolve) => {
      both = resolve;
    });
    const cross = (first: string, second: string) =>
      inTransaction(database.db, async ({ query }) => {
        await query(lock, [first]);
        arrived += 1;
        if (arrived === 2) both();
        await meet;
        await query(lock, [second]);
      });
    const outcomes = await Promise.allSettled([cross('a', 'b'), cross('b', 'a')]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'DB_DEADLOCK', retryable: true },
    });
  });

  it('a server that is not there, or a wrong password, is worth another try, and no message holds the password', async () => {
    for (const [change, code] of [
      [
        (url: URL) => {
          url.port = '1';
        },
        'DB_UNAVAILABLE',
      ],
      [
        (url: URL) => {
          url.password = 'secret';
        },
        'DB_LOGIN',
      ],
    ] as const) {
      const url = new URL(database.url);
      change(url);
      const db = openDatabase({ url: url.href, applicationName: 'test', poolMax: 3, statementTimeoutMs: 1000 });
      const error = await db.query('SELECT 1').catch((problem: unknown) => problem);
      await db.close();
      expect(error).toMatchObject({ code, retryable: true });
      expect((error as Error).message).not.toContain('secret');
    }
  });
});
