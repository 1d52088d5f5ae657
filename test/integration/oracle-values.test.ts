import oracledb from 'oracledb';
import { type AnyOracle, openAnyOracle } from '../support/any-oracle';
import { onOracle } from '../support/test-engines';

/**
 * The expected values come from the drivers' public test suites, which Oracle runs against real
 * servers, or from the SQL Reference.
 */
onOracle('the values that Oracle returns', () => {
  let oracle: AnyOracle;
  let owner: oracledb.Connection;

  const valuesOf = async (list: string, values: oracledb.BindParameters = []): Promise<unknown> =>
    ((await owner.execute(`SELECT ${list} FROM DUAL`, values as never[])).rows as unknown[][])[0];
  const failure = async (sql: string, values: oracledb.BindParameters = []): Promise<string> =>
    owner.execute(sql, values as never[]).then(
      () => 'no error',
      (error: Error) => error.message.split(':')[0] as string,
    );

  beforeAll(async () => {
    oracle = await openAnyOracle();
    owner = await oracle.connect();
    await owner.execute(
      `CREATE TABLE READINGS (ID NUMBER(9) CONSTRAINT READINGS_PK PRIMARY KEY, NOTE VARCHAR2(40), AT TIMESTAMP(6), DAY DATE, BYTES RAW(16))`,
    );
    await owner.execute(
      `INSERT INTO READINGS (ID, NOTE, AT, DAY) VALUES (1, 'a note of some length', TIMESTAMP '2026-11-30 12:34:56.123456', DATE '2026-11-30')`,
    );
    await owner.commit();
  });
  afterAll(() => oracle.drop());
  afterEach(() => owner.rollback());

  it.each<[string, unknown[]]>([
    ['3/2', [1.5]],
    ['7/2*2', [7]],
    ['2147483647+1', [2147483648]],
    ['-7/2', [-3.5]],
    ['ROUND(10/3, 2)', [3.33]],
    ['CASE WHEN 1=1 THEN 1/4 ELSE 0 END', [0.25]],
    ['MOD(7, 4)/2', [1.5]],
    ['CHR(65) || CHR(66)', ['AB']],
    ['DECODE(1, 1, 5/2, 0)', [2.5]],
    ["INSTR('abc', 'c')/2", [1.5]],
    ['POWER(2, 0.5)*0+1', [1]],
  ])('include %s, computed as NUMBER', async (list, expected) => {
    expect(await valuesOf(list)).toEqual(expected);
  });

  it('include aggregates and days computed as NUMBER', async () => {
    const { rows } = await owner.execute(
      `SELECT COUNT(*)/2, SUM(ID)/2, AVG(ID)/4, (MAX(AT + 1/24) - MAX(AT)), TO_CHAR(MAX(DAY + 1/2), 'HH24:MI') FROM READINGS`,
    );
    const [half, sum, quarter, , noon] = (rows as unknown[][])[0] as unknown[];
    expect([half, sum, quarter, noon]).toEqual([0.5, 0.5, 0.25, '12:00']);
    expect(await valuesOf(`TO_CHAR(TIMESTAMP '2026-11-30 00:00:00' + 1/24, 'HH24:MI')`)).toEqual(['01:00']);
  });

  it('include rows sorted and grouped by a numeric position', async () => {
    await owner.executeMany('INSERT INTO READINGS (ID, NOTE) VALUES (:1, :2)', [
      [2, 'b'],
      [3, 'b'],
    ]);
    expect((await owner.execute('SELECT ID FROM READINGS ORDER BY 1 DESC')).rows).toEqual([[3], [2], [1]]);
    expect(
      (await owner.execute('SELECT ID FROM READINGS ORDER BY ID OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY')).rows,
    ).toEqual([[2]]);
    expect(
      (await owner.execute('SELECT ID FROM READINGS WHERE ROWNUM <= 1 AND ID IN (2, 3) ORDER BY ID')).rows,
    ).toHaveLength(1);
  });

  it.each<[string, unknown, unknown[]]>([
    [':n + 5', 1.25, [6.25]],
    [':n + 5', 6088343244, [6088343249]],
    ['NVL(:n, 0)', 1.25, [1.25]],
    ['NVL(:n, 0)', 6088343244, [6088343244]],
    ['MOD(:n, 7)', 6088343244, [4]],
    ['CASE WHEN :n > 0 THEN 1 ELSE 0 END', 1.25, [1]],
    [':n/2', 3, [1.5]],
    ['-:n', 1.5, [-1.5]],
    [':n * :m', 1.5, [3]],
    ['COALESCE(:n, 0)', 0.5, [0.5]],
    ['GREATEST(:n, 1)', 1.5, [1.5]],
  ])('include a bound number beside an integer, taken as NUMBER: %s with %p', async (list, n, expected) => {
    const values = list.includes(':m') ? { n, m: 2 } : { n };
    expect(await valuesOf(list, values as oracledb.BindParameters)).toEqual(expected);
  });

  it('include those of a statement that was parsed again after another session changed its table or view', async () => {
    const other = await oracle.connect();
    await owner.execute('CREATE TABLE CHANGING (ID NUMBER(9), NOTE VARCHAR2(10))');
    await owner.execute(`INSERT INTO CHANGING VALUES (1, 'x')`);
    await owner.execute('CREATE TABLE SHOWN (ID NUMBER(9), NOTE VARCHAR2(10))');
    await owner.execute(`INSERT INTO SHOWN VALUES (1, 'x')`);
    await owner.execute('CREATE OR REPLACE VIEW CHANGING_V AS SELECT ID, NOTE FROM SHOWN');
    await owner.execute('GRANT SELECT ON CHANGING_V TO PUBLIC');
    await owner.commit();
    const table = async (): Promise<unknown> => (await owner.execute('SELECT * FROM CHANGING')).rows;
    const view = async (): Promise<unknown> => (await owner.execute('SELECT * FROM CHANGING_V')).rows;
    expect([await table(), await view()]).toEqual([[[1, 'x']], [[1, 'x']]]);
    await owner.commit();
    await other.execute('ALTER TABLE CHANGING MODIFY (NOTE VARCHAR2(100))');
    expect(await table()).toEqual([[1, 'x']]);
    await owner.commit();
    await other.execute('ALTER TABLE CHANGING ADD (MORE NUMBER(3))');
    expect(await table()).toEqual([[1, 'x', null]]);
    await owner.commit();
    await other.execute(`CREATE OR REPLACE VIEW CHANGING_V AS SELECT TO_CHAR(ID) AS CODE, NOTE FROM SHOWN`);
    expect(await view()).toEqual([['1', 'x']]);
    await owner.commit();
    await other.execute('DROP TABLE CHANGING');
    await other.execute('CREATE TABLE CHANGING (OTHER VARCHAR2(5))');
    expect(await table()).toEqual([]);
    await other.close();
  });

  describe('RETURNING INTO', () => {
    const returning = (column: string, bind: object) =>
      owner.execute(`UPDATE READINGS SET NOTE = NOTE WHERE ID = 1 RETURNING ${column} INTO :1`, [bind] as never[]);

    it('refuses a bind that is too small', async () => {
      await expect(
        returning('NOTE', { dir: oracledb.BIND_OUT, type: oracledb.STRING, maxSize: 5 }),
      ).rejects.toMatchObject({ code: 'NJS-016' });
    });

    it('converts what can be converted, and refuses the rest', async () => {
      expect((await returning('ID', { dir: oracledb.BIND_OUT, type: oracledb.STRING, maxSize: 20 })).outBinds).toEqual([
        ['1'],
      ]);
      await expect(returning('AT', { dir: oracledb.BIND_OUT, type: oracledb.NUMBER })).rejects.toMatchObject({
        errorNum: 932,
      });
    });
  });

  it('include the description of a statement that does not run', async () => {
    expect((await owner.getStatementInfo('DELETE FROM READINGS')).statementType).toBe(oracledb.STMT_TYPE_DELETE);
    await owner.getStatementInfo('INSERT INTO READINGS (ID) VALUES (77)');
    expect((await owner.execute('SELECT ID FROM READINGS')).rows).toEqual([[1]]);
    expect((await owner.getStatementInfo('SELECT ID, NOTE FROM READINGS')).metaData?.map(({ name }) => name)).toEqual([
      'ID',
      'NOTE',
    ]);
    await expect(owner.getStatementInfo('SELECT NONE_SUCH FROM READINGS')).rejects.toMatchObject({ errorNum: 904 });
  });

  it('include LOBs of a cursor that a block has opened', async () => {
    await owner.execute('CREATE TABLE LONG_NOTES (ID NUMBER(9), NOTE CLOB)');
    await owner.execute(`INSERT INTO LONG_NOTES VALUES (1, 'one')`);
    await owner.execute(`INSERT INTO LONG_NOTES VALUES (2, 'two')`);
    const { outBinds } = await owner.execute<{ c: oracledb.ResultSet<unknown[]> }>(
      'BEGIN OPEN :c FOR SELECT ID, NOTE FROM LONG_NOTES ORDER BY ID; END;',
      { c: { dir: oracledb.BIND_OUT, type: oracledb.CURSOR } },
    );
    const rows = (await outBinds?.c.getRows()) as [number, oracledb.Lob][];
    expect(await Promise.all(rows.map(([, note]) => note.getData()))).toEqual(['one', 'two']);
    await outBinds?.c.close();
  });

  it('include times with the digits of their format', async () => {
    const list = `TO_CHAR(TO_TIMESTAMP('2026-11-30 01:02:03.123456789', 'YYYY-MM-DD HH24:MI:SS.FF9'), 'SS.FF6'),
      TO_CHAR(TO_TIMESTAMP('2026-11-30 01:02:03.1234567', 'YYYY-MM-DD HH24:MI:SS.FF'), 'SS.FF3'),
      TO_CHAR(TO_DATE('30-11-26', 'DD-MM-RR'), 'YYYY'), TO_CHAR(TO_DATE('30-11-76', 'DD-MM-RR'), 'YYYY')`;
    // the seventh to ninth digit exceed PostgreSQL's precision: the stand-in rounds them
    expect(await valuesOf(list)).toEqual([expect.stringMatching(/^03\.12345[67]$/), '03.123', '2026', '1976']);
    const { metaData } = await owner.execute(
      `SELECT TO_DATE('2026', 'YYYY') AS D, TRUNC(SYSDATE) AS T, SYSDATE AS S FROM DUAL`,
    );
    expect(metaData?.map(({ dbTypeName }) => dbTypeName)).toEqual(['DATE', 'DATE', 'DATE']);
  });

  it('exclude text that its column cannot hold', async () => {
    expect(await failure('UPDATE READINGS SET BYTES = :1', ['no hex'])).toBe('ORA-01465');
    expect(await failure('UPDATE READINGS SET DAY = :1', ['not a day'])).toBe('ORA-01858');
    expect(await failure('UPDATE READINGS SET DAY = :1', ['2026-11-30'])).toBe('ORA-01861');
    await owner.execute(`UPDATE READINGS SET BYTES = HEXTORAW(:1)`, ['0aFF']);
    expect((await owner.execute('SELECT RAWTOHEX(BYTES) FROM READINGS')).rows).toEqual([['0AFF']]);
  });

  it('include the types of the SQL standard, and exclude names that are too long', async () => {
    await owner.execute(
      'CREATE TABLE STANDARD_TYPES (A FLOAT, B FLOAT(10), C NCHAR(3), D DECIMAL(5,1), E NUMERIC, F SMALLINT)',
    );
    await owner.execute(`INSERT INTO STANDARD_TYPES (A, C, D) VALUES (0.5, 'ab', 1.25)`);
    expect((await owner.execute('SELECT A, C, D FROM STANDARD_TYPES')).rows).toEqual([[0.5, 'ab ', 1.3]]);
    expect(await failure(`CREATE TABLE ${'N'.repeat(129)} (A NUMBER)`)).toBe('ORA-00972');
  });
});
