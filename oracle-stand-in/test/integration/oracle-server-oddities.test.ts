import oracledb from 'oracledb';
import { waitUntil } from '../../../test/support/wait-until';
import { openTestOracle, type TestOracle } from '../../test-oracle';

jest.setTimeout(120_000);

const ROWS = { bindDefs: [{ type: oracledb.NUMBER }], dmlRowCounts: true, batchErrors: true };
const MERGE = `MERGE INTO QUEUE T USING (SELECT :1 AS ID FROM DUAL) M ON (T.ID = M.ID)
WHEN MATCHED THEN UPDATE SET T.STATUS = 1 WHERE T.STATUS = 0 AND T.NOTE IS NULL
WHEN NOT MATCHED THEN INSERT (ID, STATUS) VALUES (M.ID, 1)`;
const CLAIM = 'SELECT ID, STATUS FROM QUEUE WHERE STATUS = 0 ORDER BY ID FOR UPDATE SKIP LOCKED';

describe('oddities of the Oracle stand-in', () => {
  let oracle: TestOracle;
  let one: oracledb.Connection;
  let two: oracledb.Connection;

  const open = async (options: Parameters<typeof openTestOracle>[0] = {}): Promise<void> => {
    oracle = await openTestOracle(options);
    [one, two] = [await oracle.connect(), await oracle.connect()];
    await one.execute(`CREATE TABLE QUEUE (ID NUMBER(9) NOT NULL, STATUS NUMBER(1) DEFAULT 0 NOT NULL, NOTE VARCHAR2(20),
      CONSTRAINT QUEUE_PK PRIMARY KEY (ID), CONSTRAINT QUEUE_ID CHECK (ID < 100))`);
    await one.executeMany('INSERT INTO QUEUE (ID) VALUES (:1)', [[1], [2], [3], [4]], { autoCommit: true });
  };
  afterEach(() => oracle.drop());

  const rows = async (sql = 'SELECT ID, STATUS FROM QUEUE ORDER BY ID', maxRows = 10) =>
    (await one.execute(sql, [], { maxRows, prefetchRows: maxRows, fetchArraySize: maxRows })).rows;

  // oracle/node-oracledb#1686; rowsAffected comes from another part of the response.
  it.each([
    ['19', [1, 0, 0, 0]],
    ['23.6', [1, 0, 1, 1]],
  ] as const)('make row counts of a MERGE wrong after a failed row, on %s: %j', async (serverVersion, counts) => {
    await open({ serverVersion });
    const result = await one.executeMany(MERGE, [[5], [100], [1], [6]], ROWS);
    expect(result).toMatchObject({ rowsAffected: 3, dmlRowCounts: counts, batchErrors: [{ offset: 1 }] });
    expect(await rows()).toEqual([
      [1, 1],
      [2, 0],
      [3, 0],
      [4, 0],
      [5, 1],
      [6, 1],
    ]);
    const update = await one.executeMany('UPDATE QUEUE SET ID = ID + 50 WHERE ID = :1', [[2], [60], [3]], ROWS);
    expect(update.dmlRowCounts).toEqual([1, 0, 1]);
  });

  it('return errors of rows in any order', async () => {
    await open();
    const { batchErrors } = await one.executeMany('INSERT INTO QUEUE (ID) VALUES (:1)', [[1], [9], [100], [2]], ROWS);
    expect(batchErrors?.map(({ offset }) => offset)).toEqual([3, 2, 0]);
  });

  it.each([
    ['zeros', [0, 0, 0]],
    ['short', [1, 1]],
    // the driver returns the option that requested the counts
    ['none', true],
  ] as const)('make row counts wrong (%s): the driver reports %j, and the rows are changed', async (how, counts) => {
    await open();
    oracle.inject({ kind: 'wrong-counts', how, matching: '^update', times: 1 });
    const change = () => one.executeMany('UPDATE QUEUE SET STATUS = STATUS + 1 WHERE ID = :1', [[1], [2], [3]], ROWS);
    expect(await change()).toMatchObject({ rowsAffected: 3, dmlRowCounts: counts });
    expect(await change()).toMatchObject({ rowsAffected: 3, dmlRowCounts: [1, 1, 1] });
    expect(await rows()).toEqual([
      [1, 2],
      [2, 2],
      [3, 2],
      [4, 0],
    ]);
  });

  it('let SKIP LOCKED return rows as they were when it began, even if they were changed or deleted before the lock', async () => {
    await open();
    await two.execute('UPDATE QUEUE SET STATUS = 5 WHERE ID = 4');
    oracle.inject({ kind: 'meanwhile', sql: 'UPDATE QUEUE SET STATUS = 9 WHERE ID = 1', matching: 'SKIP LOCKED' });
    oracle.inject({ kind: 'meanwhile', sql: 'DELETE FROM QUEUE WHERE ID = 2', matching: 'SKIP LOCKED' });
    expect(await rows(CLAIM)).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
    expect(await rows(CLAIM)).toEqual([[3, 0]]);
    expect((await two.execute('SELECT ID FROM QUEUE WHERE ID IN (1, 3) FOR UPDATE SKIP LOCKED')).rows).toEqual([]);
  });

  /** Runs a MERGE that waits for a row while another session changes it. */
  const mergeBehind = async (change: string) => {
    await open();
    await two.execute(change);
    const merge = one.executeMany(MERGE, [[1], [2]], ROWS);
    await waitUntil('it waits for the row', async () => (await oracle.database.lockWaiters()) > 0);
    await two.commit();
    return (await merge).dmlRowCounts;
  };

  it('let a MERGE that waited evaluate its WHERE again when a column of its SET was changed', async () => {
    expect(await mergeBehind('UPDATE QUEUE SET STATUS = 2 WHERE ID = 1')).toEqual([0, 1]);
  });

  it('hide from a MERGE that waited a change of a column that only its WHERE names', async () => {
    expect(await mergeBehind(`UPDATE QUEUE SET NOTE = 'mine' WHERE ID = 1`)).toEqual([1, 1]);
    expect((await one.execute('SELECT STATUS, NOTE FROM QUEUE WHERE ID = 1')).rows).toEqual([[1, 'mine']]);
  });

  it('show a MERGE the state of the moment when it began', async () => {
    await open();
    await two.execute(`UPDATE QUEUE SET NOTE = 'mine' WHERE ID = 1`, [], { autoCommit: true });
    expect((await one.executeMany(MERGE, [[1], [2]], ROWS)).dmlRowCounts).toEqual([0, 1]);
  });

  it('let two sessions that lock the same rows in one order deadlock: ORDER BY is not the order of locks', async () => {
    await open({ lockOrder: 'opposed' });
    // with few rows one session has all locks before the other begins
    await one.execute('ALTER TABLE QUEUE DROP CONSTRAINT QUEUE_ID');
    const more = Array.from({ length: 5_000 }, (_, index) => [index + 5]);
    await one.executeMany('INSERT INTO QUEUE (ID) VALUES (:1)', more, { autoCommit: true });
    const lock = (connection: oracledb.Connection) =>
      connection.execute<[number]>('SELECT ID FROM QUEUE ORDER BY ID FOR UPDATE').then(
        ({ rows: locked }) => connection.commit().then(() => locked?.slice(0, 4).map(([id]) => id)),
        (error) => connection.rollback().then(() => error.errorNum as number),
      );
    const outcomes = new Set<unknown>();
    await waitUntil('one of two is a deadlock’s victim', async () => {
      for (const outcome of await Promise.all([lock(one), lock(two)])) outcomes.add(JSON.stringify(outcome));
      return outcomes.has('60');
    });
    expect([...outcomes].sort()).toEqual(['60', '[1,2,3,4]']);
  });
});
