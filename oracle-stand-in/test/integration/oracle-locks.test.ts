import type oracledb from 'oracledb';
import { type AnyOracle, openAnyOracle } from '../../../test/support/any-oracle';
import { onOracle } from '../../../test/support/test-engines';
import { waitUntil } from '../../../test/support/wait-until';

const CLAIM = 'SELECT Q.ID FROM QUEUE Q WHERE STATUS = 0 ORDER BY Q.ID FOR UPDATE OF Q.STATUS SKIP LOCKED';
const exactly = (rows: number): oracledb.ExecuteOptions => ({
  maxRows: rows,
  prefetchRows: rows,
  fetchArraySize: rows,
});

onOracle('locks of Oracle', () => {
  let oracle: AnyOracle;
  let one: oracledb.Connection;
  let two: oracledb.Connection;

  beforeAll(async () => {
    oracle = await openAnyOracle();
    [one, two] = [await oracle.connect(), await oracle.connect()];
    await one.execute(
      'CREATE TABLE QUEUE (ID NUMBER(9) NOT NULL, STATUS NUMBER(1) DEFAULT 0 NOT NULL, CONSTRAINT QUEUE_PK PRIMARY KEY (ID))',
    );
    await one.executeMany(
      'INSERT INTO QUEUE (ID) VALUES (:1)',
      Array.from({ length: 100 }, (_, at) => [at + 1]),
      { autoCommit: true },
    );
  });
  afterAll(() => oracle.drop());
  afterEach(async () => {
    await one.rollback();
    await two.rollback();
  });

  const ids = async (
    connection: oracledb.Connection,
    sql: string,
    options: oracledb.ExecuteOptions = {},
  ): Promise<number[]> => ((await connection.execute<[number]>(sql, [], options)).rows ?? []).map(([id]) => id);

  it('locks with SKIP LOCKED exactly the rows that are fetched', async () => {
    expect(await ids(one, CLAIM, exactly(5))).toEqual([1, 2, 3, 4, 5]);
    expect(await ids(two, CLAIM, exactly(5))).toEqual([6, 7, 8, 9, 10]);
    expect(await ids(one, CLAIM, exactly(3))).toEqual([1, 2, 3]);
    await one.commit();
    expect(await ids(two, CLAIM, exactly(2))).toEqual([1, 2]);
  });

  it('shows the effect of other ways to claim', async () => {
    // prefetching one more row locks one more row
    await ids(one, CLAIM, { maxRows: 5, prefetchRows: 6, fetchArraySize: 6 });
    expect((await ids(two, CLAIM, exactly(1)))[0]).toBeGreaterThan(5);
    await one.rollback();
    await two.rollback();
    // ROWNUM chooses before it locks: the second session gets no row although many are free
    const byRownum = 'SELECT ID FROM QUEUE WHERE STATUS = 0 AND ROWNUM <= 5 FOR UPDATE SKIP LOCKED';
    expect(await ids(one, byRownum)).toHaveLength(5);
    expect(await ids(two, byRownum)).toEqual([]);
  });

  it('makes a second session wait, or fail at once', async () => {
    await one.execute('UPDATE QUEUE SET STATUS = 1 WHERE ID = 1');
    await expect(two.execute('SELECT ID FROM QUEUE WHERE ID = 1 FOR UPDATE NOWAIT')).rejects.toMatchObject({
      errorNum: 54,
    });
    await expect(two.execute('SELECT ID FROM QUEUE WHERE ID = 1 FOR UPDATE WAIT 1')).rejects.toMatchObject({
      errorNum: 30006,
    });
    let done = false;
    const waiting = two.execute('UPDATE QUEUE SET STATUS = 2 WHERE ID = 1 AND STATUS = 0').then((result) => {
      done = true;
      return result.rowsAffected;
    });
    await waitUntil('the second waits', async () => (await oracle.lockWaiters()) > 0);
    expect(done).toBe(false);
    await one.commit();
    // the session evaluates the row again when it has the lock
    expect(await waiting).toBe(0);
    await one.execute('UPDATE QUEUE SET STATUS = 0 WHERE ID = 1', [], { autoCommit: true });
  });

  it('ends a deadlock', async () => {
    await one.execute('UPDATE QUEUE SET STATUS = 1 WHERE ID = 1');
    await two.execute('UPDATE QUEUE SET STATUS = 1 WHERE ID = 2');
    const take = (connection: oracledb.Connection, id: number): Promise<number | undefined> =>
      connection.execute('UPDATE QUEUE SET STATUS = 1 WHERE ID = :1', [id]).then(
        () => undefined,
        // only the statement is undone: the victim must release its earlier locks itself
        (error) => connection.rollback().then(() => error.errorNum),
      );
    const failed = (await Promise.all([take(one, 2), take(two, 1)])).filter((number) => number !== undefined);
    expect(failed).toEqual([60]);
  });

  it('does not fetch from a locking cursor across a commit', async () => {
    const { resultSet } = await one.execute<[number]>(CLAIM, [], {
      resultSet: true,
      prefetchRows: 0,
      fetchArraySize: 2,
    });
    expect(await resultSet?.getRows(2)).toEqual([[1], [2]]);
    await one.commit();
    await expect(resultSet?.getRows(2)).rejects.toMatchObject({ errorNum: 1002 });
    await resultSet?.close();
  });

  it('serves twenty sessions at once that claim every row once', async () => {
    const connections = await Promise.all(Array.from({ length: 20 }, () => oracle.connect()));
    const claimed = await Promise.all(connections.map((connection) => ids(connection, CLAIM, exactly(4))));
    expect([...new Set(claimed.flat())].length).toBe(claimed.flat().length);
    expect(claimed.flat().length).toBe(80);
    await Promise.all(connections.map((connection) => connection.close()));
    await waitUntil(
      'their locks are gone',
      async () => (await ids(one, CLAIM, exactly(100))).length === 100 || (await one.rollback()),
    );
  });
});
