import { forEngine, type PerEngine, type Tx } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { inTransaction } from '../../shared/database/transaction';
import { runOn } from '../support/run-on';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';

type Failure = readonly [sql: string, code: string, retryable: boolean];

/** The errors of the driver and of a lost server on Oracle are in oracle-database.test.ts. */
const FAILURES: PerEngine<readonly Failure[]> = {
  pg: [
    ['INSERT INTO archive_lock VALUES (1)', 'DB_UNIQUE', false],
    ['INSERT INTO archive_lock VALUES (2)', 'DB_DATA', false],
    ["INSERT INTO login_user (username, role) VALUES (repeat('x', 65), 'administrator')", 'DB_DATA', false],
    ["SELECT convert_from('\\x00', 'UTF8')", 'DB_DATA', false],
    ['SELECT * FROM nowhere', 'DB_SCHEMA', false],
    ['SET statement_timeout = 5; SELECT pg_sleep(5)', 'DB_TIMEOUT', true],
    ['SELECT pg_terminate_backend(pg_backend_pid())', 'DB_UNAVAILABLE', true],
  ],
  oracledb: [
    ['INSERT INTO ARCHIVE_LOCK VALUES (1)', 'DB_UNIQUE', false],
    ['INSERT INTO ARCHIVE_LOCK VALUES (2)', 'DB_DATA', false],
    [`INSERT INTO LOGIN_USER (USERNAME, ROLE) VALUES (RPAD('x', 65, 'x'), 'administrator')`, 'DB_DATA', false],
    [`INSERT INTO LOGIN_USER (USERNAME) VALUES ('x')`, 'DB_DATA', false],
    [`SELECT TO_NUMBER('x') AS N FROM DUAL`, 'DB_DATA', false],
    ['SELECT X FROM NOWHERE', 'DB_SCHEMA', false],
    ['SELECT NOTHING FROM LOGIN_USER', 'DB_SCHEMA', false],
  ],
};

/** On Oracle repeated wrong passwords lock the account. */
const PASSWORD_AGAIN: PerEngine<boolean> = { pg: true, oracledb: false };

onEachEngine('errors of the database', (engine) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
  });
  afterAll(() => database.drop());

  const runIn = (tx: Tx) => runOn({ ...database.db, ...tx });
  const USERS = 'SELECT username FROM login_user';
  const users = () => database.run(USERS);

  it.each(forEngine(engine, FAILURES))('map %s to %s, retryable: %s', async (sql, code, retryable) => {
    const work = inTransaction(database.db, (tx) => runIn(tx)(sql));
    await expect(work).rejects.toMatchObject({ code, retryable });
    expect(await users()).toEqual([]);
  });

  it('roll the whole transaction back', async () => {
    const work = inTransaction(database.db, async (tx) => {
      await runIn(tx)("INSERT INTO login_user (username, role) VALUES ('u', 'administrator')");
      throw new Error('rolled back on purpose');
    });
    await expect(work).rejects.toThrow('rolled back on purpose');
    expect(await users()).toEqual([]);
  });

  it('mark a deadlock as retryable', async () => {
    for (const username of ['a', 'b'])
      await database.run(`INSERT INTO login_user (username, role) VALUES ($1, 'administrator')`, [username]);
    const lock = 'SELECT username FROM login_user WHERE username = $1 FOR UPDATE';
    let arrived = 0;
    let both: () => void;
    const meet = new Promise<void>((resolve) => {
      both = resolve;
    });
    const cross = (first: string, second: string) =>
      inTransaction(database.db, async (tx) => {
        await runIn(tx)(lock, [first]);
        arrived += 1;
        if (arrived === 2) both();
        await meet;
        await runIn(tx)(lock, [second]);
      });
    const outcomes = await Promise.allSettled([cross('a', 'b'), cross('b', 'a')]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'DB_DEADLOCK', retryable: true },
    });
  });

  it('mark an unreachable server as retryable, a wrong password only where it locks nothing, and never show the password', async () => {
    for (const [change, code] of [
      [
        (url: URL) => {
          url.port = '1';
        },
        'DB_UNAVAILABLE',
      ],
      [
        (url: URL) => {
          url.password = 'Wrong_word_1';
        },
        'DB_LOGIN',
      ],
    ] as const) {
      const url = new URL(database.url);
      change(url);
      const db = openDatabase({ url: url.href, applicationName: 'test', poolMax: 3, statementTimeoutMs: 1000 });
      const error = await runOn(db)(USERS).catch((problem: unknown) => problem);
      await db.close();
      const retryable = code !== 'DB_LOGIN' || forEngine(engine, PASSWORD_AGAIN);
      expect(error).toMatchObject({ code, retryable });
      expect((error as Error).message).not.toContain('Wrong_word_1');
    }
  });
});

/** Oracle undoes only the failed statement, and the transaction continues. */
describe('errors of PostgreSQL', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('do not let a transaction count as committed after a failed statement was ignored', async () => {
    const work = inTransaction(database.db, async ({ query }) => {
      await query("INSERT INTO login_user (username, role) VALUES ('v', 'administrator')");
      await query('SELECT 1 / 0').catch(() => undefined);
    });
    await expect(work).rejects.toMatchObject({ code: 'DB_ROLLED_BACK', retryable: false });
    expect(await database.run('SELECT username FROM login_user')).toEqual([]);
  });
});
