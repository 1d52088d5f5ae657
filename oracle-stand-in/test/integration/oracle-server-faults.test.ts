import type oracledb from 'oracledb';
import { openTestOracle, type TestOracle } from '../../test-oracle';

jest.setTimeout(120_000);

describe('faults of the Oracle stand-in', () => {
  let oracle: TestOracle;
  let watcher: oracledb.Connection;

  beforeAll(async () => {
    oracle = await openTestOracle();
    watcher = await oracle.connect();
    await watcher.execute('CREATE TABLE LOGBOOK (ID NUMBER(9) NOT NULL, CONSTRAINT LOGBOOK_PK PRIMARY KEY (ID))');
  });
  afterAll(() => oracle.drop());
  afterEach(() => oracle.clearFaults());

  const has = async (id: number): Promise<boolean> => {
    const { rows } = await watcher.execute('SELECT COUNT(*) FROM LOGBOOK WHERE ID = :1', [id]);
    return (rows as number[][])[0]![0] === 1;
  };
  const insert = (connection: oracledb.Connection, id: number, options = {}) =>
    connection.execute('INSERT INTO LOGBOOK (ID) VALUES (:1)', [id], options);

  it.each([
    ['before', false],
    ['after', true],
  ] as const)('break the connection %s a commit, with an unknown outcome for the client', async (when, committed) => {
    const id = committed ? 2 : 1;
    const connection = await oracle.connect();
    await insert(connection, 100 + id, { autoCommit: true });
    oracle.inject({ kind: 'kill-at-commit', when });
    await insert(connection, id);
    await expect(connection.commit()).rejects.toMatchObject({ code: 'NJS-500' });
    expect(connection.isHealthy()).toBe(false);
    expect(await has(id)).toBe(committed);
  });

  it('break it only at the chosen commit, when it is sent with a statement', async () => {
    const connection = await oracle.connect();
    oracle.inject({ kind: 'kill-at-commit', when: 'after', nth: 2 });
    await insert(connection, 10, { autoCommit: true });
    await expect(insert(connection, 11, { autoCommit: true })).rejects.toMatchObject({ code: 'NJS-500' });
    expect([await has(10), await has(11)]).toEqual([true, true]);
  });

  it('end a session with ORA-03113, and its transaction with it', async () => {
    const connection = await oracle.connect();
    await insert(connection, 20);
    oracle.inject({ kind: 'fail', number: 3113, matching: 'LOGBOOK.*VALUES' });
    await expect(insert(connection, 21)).rejects.toMatchObject({
      errorNum: 3113,
      code: 'NJS-500',
      isRecoverable: true,
    });
    expect(await has(20)).toBe(false);
  });

  it('fail the n-th statement with any number, and the session continues', async () => {
    const connection = await oracle.connect();
    oracle.inject({ kind: 'fail', number: 60, nth: 2, matching: 'insert' });
    await insert(connection, 30);
    await expect(insert(connection, 31)).rejects.toMatchObject({ errorNum: 60 });
    await insert(connection, 31);
    await connection.commit();
    expect([await has(30), await has(31)]).toEqual([true, true]);
  });

  it('break the connection at a statement, without an answer', async () => {
    const connection = await oracle.connect();
    oracle.inject({ kind: 'kill-at-statement', matching: 'VALUES' });
    await expect(insert(connection, 40)).rejects.toMatchObject({ code: 'NJS-500' });
    expect(await has(40)).toBe(false);
  });

  it('delay answers', async () => {
    const connection = await oracle.connect();
    oracle.inject({ kind: 'slow', ms: 400, times: 1 });
    connection.callTimeout = 100;
    await expect(insert(connection, 50)).rejects.toThrow('NJS-123');
    connection.callTimeout = 0;
    await connection.rollback();
    await insert(connection, 50);
  });

  it.each([1017, 28000, 28001, 1033])('refuse a log-in with ORA-%s, once', async (number) => {
    oracle.inject({ kind: 'refuse-login', number, times: 1 });
    await expect(oracle.connect()).rejects.toMatchObject({ errorNum: number });
    await (await oracle.connect()).close();
  });

  it('take the listener down and bring it back', async () => {
    const connection = await oracle.connect();
    await oracle.stopListener();
    await expect(oracle.connect()).rejects.toMatchObject({ code: 'NJS-503' });
    await connection.ping();
    await oracle.startListener();
    await oracle.stopListener({ sessions: true });
    await expect(connection.ping()).rejects.toMatchObject({ code: 'NJS-500' });
    await oracle.startListener();
    watcher = await oracle.connect();
    oracle.inject({ kind: 'refuse-connect', number: 12514, times: 1 });
    await expect(oracle.connect()).rejects.toMatchObject({ code: 'NJS-518' });
    await (await oracle.connect()).close();
  });

  it('freeze the server, and thaw it', async () => {
    const connection = await oracle.connect();
    oracle.inject({ kind: 'freeze' });
    const answers: string[] = [];
    const ping = connection.ping().then(() => answers.push('ping'));
    const other = new Promise((resolve) => setTimeout(resolve, 200)).then(() => answers.push('time'));
    await other;
    expect(answers).toEqual(['time']);
    oracle.thaw();
    await ping;
  });
});
