import { openTestOracle, type TestOracle } from '../../oracle-stand-in/test-oracle';
import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import type { OracleColumn } from '../../shared/database/oracle/oracle-binds';
import { inTransaction } from '../../shared/database/transaction';

jest.setTimeout(120_000);

const COLUMNS: readonly OracleColumn[] = [{ type: 'number' }, { type: 'text', maxBytes: 20 }, { type: 'time' }];
const INSERT = 'INSERT INTO NOTES (ID, NOTE, AT) VALUES (:1, :2, :3)';
const AT = new Date('2026-07-01T12:34:56.789Z');

describe('an Oracle database (the stand-in)', () => {
  let oracle: TestOracle;
  let db: Database;

  const open = (change: Partial<Parameters<typeof openDatabase>[0]> = {}): Database =>
    openDatabase({
      url: `oracle://YJSMS:secret@${oracle.connectString}`,
      applicationName: 'sms-test',
      poolMax: 4,
      statementTimeoutMs: 20_000,
      ...change,
    });
  const count = async (): Promise<unknown> =>
    (await db.oracle.execute<{ n: string }>('SELECT COUNT(*) AS N FROM NOTES')).rows[0]?.n;

  beforeAll(async () => {
    oracle = await openTestOracle();
    db = open();
    await db.oracle.execute(
      `CREATE TABLE NOTES (ID NUMBER(9) NOT NULL, AMOUNT NUMBER(19), NOTE VARCHAR2(10 CHAR) NOT NULL, AT TIMESTAMP(3), IS_NEW NUMBER(1), BODY CLOB,
       CONSTRAINT NOTES_PK PRIMARY KEY (ID))`,
    );
  });
  afterAll(async () => {
    await db.close();
    await oracle.drop();
  });
  beforeEach(async () => {
    oracle.clearFaults();
    await db.oracle.execute('DELETE FROM NOTES');
    oracle.clearLog();
  });

  it('connects only when it is used, and returns the values that it took', async () => {
    await db.oracle.execute(
      'INSERT INTO NOTES (ID, AMOUNT, NOTE, AT, IS_NEW, BODY) VALUES (:id, :amount, :note, :at, :isNew, :body)',
      { id: 7, amount: '9007199254740993', note: '你好', at: AT, isNew: true, body: 'x'.repeat(5000) },
    );
    const { rows } = await db.oracle.execute('SELECT * FROM NOTES');
    expect(rows).toEqual([
      { id: 7, amount: '9007199254740993', note: '你好', at: AT, is_new: 1, body: 'x'.repeat(5000) },
    ]);
    expect((await db.oracle.execute('UPDATE NOTES SET AMOUNT = NULL')).rowCount).toBe(1);
    expect((await db.oracle.execute('SELECT ID FROM NOTES WHERE AT = :at', { at: AT })).rows).toEqual([{ id: 7 }]);
  });

  it('sorts texts by their bytes in every session, for any language of the server', async () => {
    const other = open();
    await other.oracle.execute('SELECT ID FROM NOTES');
    await other.oracle.execute('SELECT NOTE FROM NOTES');
    await other.close();
    expect(oracle.statements().map(({ sql }) => sql)).toEqual([
      expect.stringContaining('NLS_SORT = BINARY NLS_COMP = BINARY'),
      expect.stringContaining('NLS_CHARACTERSET'),
      'SELECT ID FROM NOTES',
      'SELECT NOTE FROM NOTES',
    ]);
  });

  it('fills OUT binds', async () => {
    const { out } = await db.oracle.execute('BEGIN UPDATE NOTES SET AMOUNT = 1; :n := SQL%ROWCOUNT; END;', {
      n: { out: { type: 'number' } },
    });
    expect(out).toEqual({ n: 0 });
  });

  it('commits a transaction of many rows in two round trips', async () => {
    await count();
    oracle.clearLog();
    const result = await inTransaction(db, (tx) =>
      tx.oracle.executeMany(
        INSERT,
        Array.from({ length: 1000 }, (_, i) => [i, `n${i}`, AT]),
        COLUMNS,
      ),
    );
    expect(result).toMatchObject({ rowCount: 1000 });
    expect(result.rowCounts).toHaveLength(1000);
    expect(oracle.roundTrips()).toHaveLength(2);
    expect(await count()).toBe('1000');
  });

  it('rolls a failed transaction back on a connection that the next one gets', async () => {
    const work = inTransaction(db, async (tx) => {
      await tx.oracle.execute(INSERT, [1, 'a', AT]);
      expect((await tx.oracle.execute('SELECT ID FROM NOTES')).rows).toEqual([{ id: 1 }]);
      throw new Error('rolled back on purpose');
    });
    await expect(work).rejects.toThrow('rolled back on purpose');
    expect(await count()).toBe('0');
  });

  it('keeps the neighbours of failed rows, and names the failed ones with their errors', async () => {
    const rows = [
      [1, 'a', AT],
      [2, 'b'.repeat(11), AT],
      [1, 'c', AT],
      [3, null, AT],
      [4, 'd', null],
    ];
    const rowErrors = await db.oracle.executeEach(INSERT, rows, COLUMNS);
    expect(rowErrors).toMatchObject([
      { index: 1, error: { code: 'DB_DATA', retryable: false } },
      { index: 2, error: { code: 'DB_UNIQUE', retryable: false } },
      { index: 3, error: { code: 'DB_DATA' } },
    ]);
    expect(rowErrors[1]?.error.message).toMatch(/NOTES_PK.*\[ORA-00001\]/);
    expect((await db.oracle.execute('SELECT ID FROM NOTES ORDER BY ID')).rows).toEqual([{ id: 1 }, { id: 4 }]);
    await expect(db.oracle.executeMany(INSERT, rows, COLUMNS)).rejects.toMatchObject({ code: 'DB_UNIQUE' });
    expect(await count()).toBe('2');
  });

  it('locks exactly the requested rows', async () => {
    await db.oracle.executeMany(
      INSERT,
      [1, 2, 3, 4, 5].map((id) => [id, 'x', AT]),
      COLUMNS,
    );
    const claim = 'SELECT ID FROM NOTES ORDER BY ID FOR UPDATE SKIP LOCKED';
    await inTransaction(db, async (first) => {
      expect((await first.oracle.execute(claim, [], { maxRows: 2 })).rows).toEqual([{ id: 1 }, { id: 2 }]);
      await inTransaction(db, async (second) => {
        expect((await second.oracle.execute(claim, [], { maxRows: 9 })).rows).toEqual([
          { id: 3 },
          { id: 4 },
          { id: 5 },
        ]);
      });
    });
  });

  it.each([
    [60, 'DB_DEADLOCK', true],
    [54, 'DB_LOCKED', true],
    [30006, 'DB_LOCKED', true],
    [8177, 'DB_SERIALIZATION', true],
    [1555, 'DB_SERIALIZATION', true],
    [1653, 'DB_FULL', true],
    [3113, 'DB_UNAVAILABLE', true],
    [3135, 'DB_UNAVAILABLE', true],
    [12570, 'DB_UNAVAILABLE', true],
    [25408, 'DB_UNAVAILABLE', true],
    [1034, 'DB_UNAVAILABLE', true],
    [942, 'DB_SCHEMA', false],
    [4091, 'DB_SCHEMA', false],
    [1031, 'DB_DENIED', false],
    [20001, 'DB_ERROR', false],
  ])('maps ORA-%s to %s, retryable: %s, and runs the next statement', async (number, code, retryable) => {
    oracle.inject({ kind: 'fail', number, matching: 'INSERT INTO NOTES' });
    const work = inTransaction(db, (tx) => tx.oracle.execute(INSERT, [1, 'a', AT]));
    await expect(work).rejects.toMatchObject({ code, retryable });
    expect(await count()).toBe('0');
  });

  it.each([
    ['before', '0'],
    ['after', '1'],
  ] as const)(
    'reports an unknown outcome when the connection is lost %s the commit, and the pool recovers',
    async (when, rows) => {
      oracle.inject({ kind: 'kill-at-commit', when });
      const work = inTransaction(db, (tx) => tx.oracle.execute(INSERT, [1, 'a', AT]));
      await expect(work).rejects.toMatchObject({ code: 'DB_UNAVAILABLE', retryable: true });
      expect(await count()).toBe(rows);
    },
  );

  it('recovers after the listener was down', async () => {
    await oracle.stopListener({ sessions: true });
    await expect(count()).rejects.toMatchObject({ code: 'DB_UNAVAILABLE', retryable: true });
    await expect(count()).rejects.toMatchObject({ code: 'DB_UNAVAILABLE', retryable: true });
    await oracle.startListener();
    expect(await count()).toBe('0');
  });

  it('cancels a statement that takes too long, and drops its connection', async () => {
    const impatient = open({ statementTimeoutMs: 500 });
    oracle.inject({ kind: 'slow', ms: 2000, matching: 'SELECT 1 AS SLOW' });
    await expect(impatient.oracle.execute('SELECT 1 AS SLOW FROM DUAL')).rejects.toMatchObject({
      code: 'DB_TIMEOUT',
      retryable: true,
    });
    oracle.clearFaults();
    expect((await impatient.oracle.execute('SELECT 1 AS ONE FROM DUAL')).rows).toEqual([{ one: '1' }]);
    await impatient.close();
  });

  it.each([
    ['a wrong password', 1017, 'DB_LOGIN', false],
    ['an expired password', 28001, 'DB_LOGIN', false],
    ['a locked account', 28000, 'DB_LOGIN', true],
    ['an instance that is starting', 1033, 'DB_UNAVAILABLE', true],
  ])('reports %s', async (_what, number, code, retryable) => {
    const other = open();
    oracle.inject({ kind: 'refuse-login', number, times: 1 });
    const error = await other.oracle.execute('SELECT 1 AS ONE FROM DUAL').catch((problem: unknown) => problem);
    await other.close();
    expect(error).toMatchObject({ code, retryable });
    expect((error as Error).message).not.toContain('secret');
  });

  it('marks an unknown service as retryable, because it may not be registered yet', async () => {
    const other = open({ oracleConnectString: `127.0.0.1:${oracle.port}/NOWHERE` });
    await expect(other.oracle.execute('SELECT 1 AS ONE FROM DUAL')).rejects.toMatchObject({ code: 'DB_UNAVAILABLE' });
    await other.close();
  });

  it('connects by a full descriptor', async () => {
    const descriptor = `(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=127.0.0.1)(PORT=${oracle.port}))(CONNECT_DATA=(SERVICE_NAME=STANDIN)))`;
    const other = open({ url: 'oracle://YJSMS@-', password: 'secret', oracleConnectString: descriptor });
    expect((await other.oracle.execute('SELECT 1 AS ONE FROM DUAL')).rows).toEqual([{ one: '1' }]);
    await other.close();
  });

  it('shows the DBA its name', async () => {
    const { rows } = await db.oracle.execute(
      `SELECT SYS_CONTEXT('USERENV', 'MODULE') AS MODULE, SYS_CONTEXT('USERENV', 'CLIENT_IDENTIFIER') AS CLIENT FROM DUAL`,
    );
    expect(rows).toEqual([{ module: 'sms-test', client: 'sms-test' }]);
  });

  it('lets knex use the same pool', async () => {
    await db.knex.transaction(async (trx) => {
      await trx('NOTES').insert({ ID: 1, NOTE: 'a' });
    });
    expect(await db.knex('NOTES').select('ID')).toEqual([{ ID: 1 }]);
  });

  it("refuses PostgreSQL's statements by name", async () => {
    await expect(db.query('SELECT 1')).rejects.toMatchObject({ code: 'ENGINE_UNSUPPORTED' });
    await expect(inTransaction(db, (tx) => tx.query('SELECT 1'))).rejects.toMatchObject({ code: 'ENGINE_UNSUPPORTED' });
    await expect(oracle.database.db.oracle.execute('SELECT 1 FROM DUAL')).rejects.toMatchObject({
      code: 'ENGINE_UNSUPPORTED',
    });
  });

  it('does not open in a time zone other than UTC', () => {
    const offset = jest.spyOn(Date.prototype, 'getTimezoneOffset').mockReturnValue(-480);
    expect(() => open()).toThrow(expect.objectContaining({ code: 'TIME_ZONE_NOT_UTC' }));
    offset.mockRestore();
  });
});
