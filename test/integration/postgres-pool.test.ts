import { inTransaction } from '../../shared/database/transaction';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

describe('the pool of PostgreSQL', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, 'pg');
  });
  afterAll(() => database.drop());

  it('outlives a connection that the server ends while a transaction holds it', async () => {
    const { db } = database;
    const ended = (pid: number) =>
      db.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [pid]).then(({ rows }) => rows.length === 0);
    const work = inTransaction(db, async (tx) => {
      const { rows } = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await db.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
      await waitUntil('the session has ended', () => ended(rows[0]!.pid));
      return tx.query('SELECT 1');
    });
    await expect(work).rejects.toMatchObject({ code: 'DB_UNAVAILABLE', retryable: true });
    const others = Array.from({ length: 10 }, () => db.query<{ n: number }>('SELECT 1 AS n'));
    for (const { rows } of await Promise.all(others)) expect(rows).toEqual([{ n: 1 }]);
  });

  it('rolls back what failed before it lends the connection again', async () => {
    const { db } = database;
    const work = inTransaction(db, async (tx) => {
      await tx.query('CREATE TEMPORARY TABLE half_done (n int)');
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    const { rows } = await db.query(`SELECT 1 FROM pg_class WHERE relname = 'half_done'`);
    expect(rows).toEqual([]);
  });
});
