import { openTestOracle, type TestOracle } from '../../oracle-stand-in/test-oracle';
import { toDatabaseError } from '../../shared/database/database-errors';
import { openDatabase } from '../../shared/database/open-database';
import { inTransaction } from '../../shared/database/transaction';
import { openTcpProxy } from '../support/tcp-proxy';

jest.setTimeout(120_000);

const CALL_MS = 1_000;
/** callTimeout, and the five seconds that the server has to confirm a break. */
const LIMIT_MS = CALL_MS + 5_000;
const INSERT = 'INSERT INTO T (ID, NOTE) VALUES (:1, :2)';
const COUNT = 'SELECT COUNT(*) AS N FROM T';
const LOST = { code: 'DB_UNAVAILABLE', retryable: true };

const COLUMNS = [{ type: 'number' }, { type: 'text', maxBytes: 4000 }] as const;

const openOn = (port: number) =>
  openDatabase({
    url: `oracle://YJSMS:secret@127.0.0.1:${port}/STANDIN`,
    applicationName: 'test',
    poolMax: 4,
    statementTimeoutMs: CALL_MS,
  });
type Opened = ReturnType<typeof openOn>;

const count = async ({ oracle }: Opened) => (await oracle.execute<{ n: string }>(COUNT)).rows[0]?.n;

/** Returns the milliseconds until the work fails with a lost connection. */
const untilLost = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = Date.now();
  await expect(work()).rejects.toMatchObject(LOST);
  return Date.now() - startedAt;
};

const withOwnOracle = async (test: (oracle: TestOracle) => Promise<void>): Promise<void> => {
  const oracle = await openTestOracle();
  try {
    const owner = await oracle.connect();
    await owner.execute('CREATE TABLE T (ID NUMBER(9), NOTE VARCHAR2(4000))');
    // the grammar takes seconds for a new statement
    for (const sql of ['SELECT ID FROM T', COUNT]) await owner.execute(sql);
    await owner.executeMany(INSERT, [[0, 'x']]);
    await test(oracle);
  } finally {
    await oracle.drop();
  }
};

/**
 * Power loss, a paused machine, a firewall that drops silently: the connection stays open without
 * answers.
 */
describe('an Oracle whose host vanished', () => {
  // each waits for the driver's fixed time-outs: all at once, each with a server of its own
  const starts: (() => void)[] = [];
  beforeAll(() => {
    for (const start of starts) start();
  });
  const apart = (name: string, test: (oracle: TestOracle) => Promise<void>): void => {
    let ended: Promise<void> | undefined;
    starts.push(() => {
      ended = withOwnOracle(test);
      ended.catch(() => undefined);
    });
    it(name, async () => ended);
  };

  type Work = (db: Opened, freeze: () => void) => Promise<unknown>;
  const frozen =
    (ask: (db: Opened) => Promise<unknown>): Work =>
    (db, freeze) => {
      freeze();
      return ask(db);
    };
  const WORK: readonly (readonly [string, Work])[] = [
    ['a query', frozen((db) => db.oracle.execute('SELECT ID FROM T'))],
    ['an array', frozen((db) => db.oracle.executeMany(INSERT, [[1, 'x']], COLUMNS))],
    [
      'a question of knex',
      frozen((db) => db.knex.raw('SELECT ID FROM T').catch((error) => Promise.reject(toDatabaseError(error)))),
    ],
    [
      'a statement in a transaction, and the rollback after it',
      (db, freeze) =>
        inTransaction(db, async (tx) => {
          await tx.oracle.executeMany(INSERT, [[1, 'x']], COLUMNS);
          freeze();
          await tx.oracle.execute('SELECT ID FROM T');
        }),
    ],
    [
      'a commit',
      (db, freeze) =>
        inTransaction(db, async (tx) => {
          await tx.oracle.executeMany(INSERT, [[1, 'x']], COLUMNS);
          freeze();
        }),
    ],
    [
      'a rollback after an unrelated error',
      (db, freeze) =>
        inTransaction(db, async (tx) => {
          await tx.oracle.executeMany(INSERT, [[1, 'x']], COLUMNS);
          freeze();
          throw new Error('Kafka is down');
        }).catch((error: Error) => {
          expect(error.message).toBe('Kafka is down');
          return db.oracle.execute('SELECT ID FROM T');
        }),
    ],
  ];

  for (const [what, work] of WORK)
    apart(`${what} ends in time, and the next one goes through when it is back`, async (oracle) => {
      const db = openOn(oracle.port);
      try {
        await count(db);
        const freeze = () => oracle.inject({ kind: 'freeze' });
        // a log-in, a rollback and the log-off of a connection may each take their time
        expect(await untilLost(() => work(db, freeze))).toBeLessThan(4 * LIMIT_MS);
        oracle.thaw();
        // the outcome of a lost commit is unknown
        expect(Number(await count(db))).toBeGreaterThanOrEqual(0);
      } finally {
        await db.close();
      }
    });

  apart('a call ends within its time-out and five seconds', async (oracle) => {
    const db = openOn(oracle.port);
    await count(db);
    oracle.inject({ kind: 'freeze' });
    const took = await untilLost(() => db.oracle.execute('SELECT ID FROM T'));
    expect(took).toBeGreaterThanOrEqual(LIMIT_MS - 50);
    expect(took).toBeLessThan(LIMIT_MS + 2_000);
    oracle.thaw();
    await db.close();
  });

  apart('a log-in ends, too, and all that wait for it', async (oracle) => {
    const db = openOn(oracle.port);
    oracle.inject({ kind: 'freeze' });
    const took = await Promise.all([1, 2].map(() => untilLost(() => db.oracle.execute('SELECT ID FROM T'))));
    expect(Math.max(...took)).toBeLessThan(40_000);
    oracle.thaw();
    expect(await count(db)).toBeDefined();
    await db.close();
  });

  for (const how of ['frozen', 'not read'])
    apart(`closing does not wait for it (${how}), nor what is sent just then`, async (oracle) => {
      const proxy = await openTcpProxy({ host: '127.0.0.1', port: oracle.port });
      const db = openOn(proxy.port);
      await count(db);
      if (how === 'frozen') oracle.inject({ kind: 'freeze' });
      else proxy.set('stall');
      // more than the buffers on the way hold: the driver waits until it may write
      const many = Array.from({ length: 4000 }, (_, id) => [id, 'x'.repeat(4000)] as const);
      const lost = untilLost(() => db.oracle.executeMany(INSERT, many, COLUMNS));
      const startedAt = Date.now();
      await db.close();
      expect(Date.now() - startedAt).toBeLessThan(4_000);
      expect(await lost).toBeLessThan(LIMIT_MS + 2_000);
      await proxy.close();
    });

  apart('a way that swallows answers is a host that vanished', async (oracle) => {
    const proxy = await openTcpProxy({ host: '127.0.0.1', port: oracle.port });
    const db = openOn(proxy.port);
    await count(db);
    proxy.set('swallow');
    expect(await untilLost(() => db.oracle.execute('SELECT ID FROM T'))).toBeLessThan(LIMIT_MS + 2_000);
    proxy.set('pass');
    expect(await count(db)).toBeDefined();
    await db.close();
    await proxy.close();
  });
});
