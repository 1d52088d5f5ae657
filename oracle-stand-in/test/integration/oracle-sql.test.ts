import oracledb from 'oracledb';
import { type AnyOracle, openAnyOracle } from '../../../test/support/any-oracle';
import { onOracle } from '../../../test/support/test-engines';

onOracle('SQL of Oracle', () => {
  let oracle: AnyOracle;
  let owner: oracledb.Connection;

  const rowsOf = async (sql: string, values: oracledb.BindParameters = []): Promise<unknown> =>
    (await owner.execute(sql, values as never[])).rows;
  const failure = async (sql: string, values: unknown[] = [], connection = owner): Promise<string> =>
    connection.execute(sql, values as never[]).then(
      () => 'no error',
      (error: Error) => error.message.split('\n')[0] as string,
    );

  beforeAll(async () => {
    oracle = await openAnyOracle();
    owner = await oracle.connect();
    for (const sql of [
      `CREATE TABLE PARENT (ID NUMBER(9) CONSTRAINT PARENT_PK PRIMARY KEY, CODE VARCHAR2(8 BYTE) CONSTRAINT PARENT_CODE_UK UNIQUE)`,
      `CREATE TABLE CHILD (ID NUMBER(9) NOT NULL, PARENT_ID NUMBER(9), STATUS VARCHAR2(4 CHAR) DEFAULT 'NEW' NOT NULL, AMOUNT NUMBER(5,2),
         AT TIMESTAMP(3) DEFAULT SYS_EXTRACT_UTC(SYSTIMESTAMP), NOTE VARCHAR2(100 CHAR), CONSTRAINT CHILD_PK PRIMARY KEY (ID),
         CONSTRAINT CHILD_PARENT_FK FOREIGN KEY (PARENT_ID) REFERENCES PARENT (ID), CONSTRAINT CHILD_STATUS_CK CHECK (STATUS IN ('NEW', 'DONE')))`,
      "CREATE INDEX CHILD_NEW ON CHILD (CASE WHEN STATUS = 'NEW' THEN ID END) INITRANS 8",
    ])
      await owner.execute(sql);
    await owner.execute(`INSERT INTO PARENT (ID, CODE) VALUES (1, 'one')`);
    await owner.executeMany('INSERT INTO CHILD (ID, PARENT_ID, AMOUNT) VALUES (:1, 1, :2)', [
      [1, 1.5],
      [2, null],
      [3, 3],
    ]);
    await owner.commit();
  });
  afterAll(() => oracle.drop());
  afterEach(() => owner.rollback());

  it('holds at most 4000 bytes in a VARCHAR2 of any length in characters', async () => {
    await owner.execute('CREATE TABLE LONG_LINES (LINE VARCHAR2(2000 CHAR))');
    const insert = (text: string) => owner.execute('INSERT INTO LONG_LINES (LINE) VALUES (:1)', [text]);
    await expect(insert('短'.repeat(1334))).rejects.toMatchObject({ errorNum: 1461 });
    await expect(insert('x'.repeat(2001))).rejects.toMatchObject({ errorNum: 12899 });
    expect(await insert('短'.repeat(1333))).toMatchObject({ rowsAffected: 1 });
  });

  it('does not tell an empty string from NULL', async () => {
    expect(await failure('INSERT INTO CHILD (ID, STATUS) VALUES (:1, :2)', [10, ''])).toMatch('ORA-01400');
    await owner.execute('INSERT INTO CHILD (ID, NOTE) VALUES (:1, :2)', [10, '']);
    await owner.execute(`UPDATE CHILD SET NOTE = TRIM('  ') WHERE ID = 10`);
    expect(await rowsOf('SELECT COUNT(*) FROM CHILD WHERE ID = 10 AND NOTE IS NULL')).toEqual([[1]]);
    expect(await rowsOf('SELECT COUNT(*) FROM CHILD WHERE NOTE = :1', [''])).toEqual([[0]]);
    expect(
      await rowsOf(
        `SELECT NOTE || 'a' || NULL, SUBSTR('abc', 5), REPLACE('a', 'a'), LENGTH(NOTE) FROM CHILD WHERE ID = 10`,
      ),
    ).toEqual([['a', null, null, null]]);
  });

  it.each([
    [`NVL(NULL, 2), NVL2(NULL, 1, 2), DECODE(3, 1, 'a', 3, 'c', 'z'), DECODE(NULL, NULL, 'null')`, [2, 2, 'c', 'null']],
    [`GREATEST(1, NULL), LEAST(2, 1), MOD(7, 3), TRUNC(1.9), ROUND(1.55, 1)`, [null, 1, 1, 1, 1.6]],
    [
      `SUBSTR('abcdef', -2), SUBSTR('abcdef', 2, 3), INSTR('abc', 'c'), LPAD('7', 3, '0'), UPPER('ä')`,
      ['ef', 'bcd', 3, '007', 'Ä'],
    ],
    [`LTRIM('007', '0'), RTRIM('a  '), TRIM('  a '), LENGTH('停电'), LENGTHB('停电')`, ['7', 'a', 'a', 2, 6]],
    [
      `TO_CHAR(TO_TIMESTAMP('2026-11-24 13:14:15.678', 'YYYY-MM-DD HH24:MI:SS.FF3'), 'YYYYMMDD HH24MISSFF3')`,
      ['20261124 131415678'],
    ],
    [
      `TO_CHAR(DATE '2026-11-24' + 1, 'YYYY-MM-DD'), TO_CHAR(TIMESTAMP '2026-11-24 12:00:00' - NUMTODSINTERVAL(90, 'MINUTE'), 'HH24:MI')`,
      ['2026-11-25', '10:30'],
    ],
    [`CASE WHEN SYS_CONTEXT('USERENV', 'SESSION_USER') = USER THEN 1 ELSE 0 END, TO_CHAR(1.50)`, [1, '1.5']],
    [`CASE WHEN SYSTIMESTAMP > SYSTIMESTAMP - INTERVAL '1' DAY THEN 1 ELSE 0 END`, [1]],
    [`EXTRACT(YEAR FROM DATE '2026-01-01'), CAST('12' AS NUMBER(5))`, [2026, 12]],
  ])('computes SELECT %s', async (list, expected) => {
    expect(await rowsOf(`SELECT ${list} FROM DUAL`)).toEqual([expected]);
  });

  it('counts rows as Oracle does', async () => {
    expect(await rowsOf('SELECT ID FROM CHILD WHERE ID > :1 AND ROWNUM <= :2', [0, 2])).toHaveLength(2);
    expect(await rowsOf('SELECT * FROM (SELECT ID FROM CHILD ORDER BY ID DESC) WHERE ROWNUM <= :1', [2])).toEqual([
      [3],
      [2],
    ]);
    expect(await rowsOf('SELECT ID FROM CHILD WHERE ROWNUM < 2 ORDER BY ID DESC')).toHaveLength(1);
    const first = '(SELECT ID FROM CHILD ORDER BY ID) WHERE ROWNUM <= 1';
    expect(await rowsOf(`SELECT ID FROM ${first} UNION ALL SELECT ID + 10 FROM ${first} ORDER BY 1 DESC`)).toEqual([
      [11],
      [1],
    ]);
    expect(await rowsOf('SELECT ID FROM CHILD ORDER BY ID OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY')).toEqual([[2]]);
    expect((await owner.execute('DELETE FROM CHILD WHERE ID > :1 AND ROWNUM <= :2', [0, 2])).rowsAffected).toBe(2);
    expect(await rowsOf('SELECT LEVEL FROM DUAL CONNECT BY LEVEL <= :1', [3])).toEqual([[1], [2], [3]]);
  });

  it('finds rows by their address', async () => {
    const [[rid]] = (await rowsOf('SELECT ROWID AS RID FROM CHILD WHERE ID = 2')) as [[string]];
    expect(rid).toMatch(/^[A-Za-z0-9+/]{18}$/);
    expect(
      (await owner.execute(`UPDATE CHILD SET STATUS = 'DONE' WHERE ROWID = CHARTOROWID(:1) AND STATUS = 'NEW'`, [rid]))
        .rowsAffected,
    ).toBe(1);
    await owner.rollback();
    expect((await owner.execute('DELETE FROM CHILD WHERE ROWID = :1', [rid])).rowsAffected).toBe(1);
  });

  it('merges, inserts into several tables, reads JSON, subtracts', async () => {
    const merge = `MERGE INTO CHILD T USING (SELECT :1 AS ID, :2 AS NOTE FROM DUAL) S ON (T.ID = S.ID)
      WHEN MATCHED THEN UPDATE SET T.NOTE = S.NOTE WHERE T.STATUS = 'NEW' WHEN NOT MATCHED THEN INSERT (ID, NOTE) VALUES (S.ID, S.NOTE)`;
    expect(
      (
        await owner.executeMany(merge, [
          [1, 'old'],
          [50, 'new'],
        ])
      ).rowsAffected,
    ).toBe(2);
    expect(await rowsOf('SELECT ID, NOTE FROM CHILD WHERE NOTE IS NOT NULL ORDER BY ID')).toEqual([
      [1, 'old'],
      [50, 'new'],
    ]);
    const all = `INSERT ALL INTO PARENT (ID, CODE) VALUES (:1, :2) INTO CHILD (ID, PARENT_ID) VALUES (:3, :4) SELECT * FROM DUAL`;
    expect((await owner.execute(all, [7, 'seven', 70, 1])).rowsAffected).toBe(2);
    const json = JSON.stringify([{ id: 1, note: '一' }, { id: 9 }]);
    expect(
      await rowsOf(
        `SELECT J.ID, J.NOTE FROM JSON_TABLE(:1, '$[*]' COLUMNS (ID NUMBER PATH '$.id', NOTE VARCHAR2(10 CHAR) PATH '$.note')) J`,
        [json],
      ),
    ).toEqual([
      [1, '一'],
      [9, null],
    ]);
    expect(await rowsOf('SELECT ID FROM CHILD MINUS SELECT ID FROM CHILD WHERE ID > 1')).toEqual([[1]]);
    expect(await rowsOf(`SELECT LISTAGG(STATUS, ',') WITHIN GROUP (ORDER BY ID) FROM CHILD WHERE ID <= 3`)).toEqual([
      ['NEW,NEW,NEW'],
    ]);
    expect(await rowsOf('WITH C AS (SELECT ID FROM CHILD WHERE ID < 3) SELECT COUNT(*) FROM C')).toEqual([[2]]);
  });

  it('undoes only the failed statement, and back to a savepoint', async () => {
    await owner.execute('INSERT INTO CHILD (ID) VALUES (20)');
    expect(await failure('INSERT INTO CHILD (ID) VALUES (20)')).toMatch('ORA-00001');
    await owner.execute('SAVEPOINT HERE');
    await owner.execute('INSERT INTO CHILD (ID) VALUES (21)');
    await owner.execute('ROLLBACK TO SAVEPOINT HERE');
    expect(await rowsOf('SELECT ID FROM CHILD WHERE ID >= 20')).toEqual([[20]]);
    expect(await failure('ROLLBACK TO SAVEPOINT NOWHERE')).toMatch('ORA-01086');
    expect(owner.transactionInProgress).toBe(true);
    await owner.execute('COMMIT');
    expect(owner.transactionInProgress).toBe(false);
    await owner.execute('DELETE FROM CHILD WHERE ID = 20', [], { autoCommit: true });
  });

  it('has no time after the year 9999', async () => {
    const later = `TIMESTAMP '9999-12-31 12:00:00' + NUMTODSINTERVAL(12, 'HOUR')`;
    expect(await failure(`SELECT LEAST(${later}, TIMESTAMP '2026-01-01 00:00:00') FROM DUAL`)).toMatch('ORA-01841');
    expect(await rowsOf(`SELECT TIMESTAMP '9999-12-31 11:00:00' + NUMTODSINTERVAL(12, 'HOUR') FROM DUAL`)).toEqual([
      [new Date('9999-12-31T23:00:00Z')],
    ]);
  });

  it('finds the type of a bind in a branch of CASE, and counts the rows that ROWNUM leaves', async () => {
    const at = new Date('2026-01-02T03:04:05.678Z');
    await owner.execute(
      'UPDATE CHILD SET AT = CASE WHEN ID = 1 THEN :1 ELSE NULL END, AMOUNT = CASE WHEN ID = 1 THEN NULL ELSE :2 END WHERE ID <= 2',
      [{ val: at, type: oracledb.DB_TYPE_TIMESTAMP }, 7.5],
    );
    expect(await rowsOf('SELECT AT, AMOUNT FROM CHILD WHERE ID <= 2 ORDER BY ID')).toEqual([
      [at, null],
      [null, 7.5],
    ]);
    expect(await rowsOf('SELECT COUNT(*), MIN(ID) FROM CHILD WHERE ROWNUM <= :1', [2])).toEqual([[2, 1]]);
    expect(await rowsOf('SELECT COUNT(*) FROM CHILD C WHERE ROWNUM <= 9')).toEqual([[3]]);
    const later = { val: new Date(at.getTime() + 1), type: oracledb.DB_TYPE_TIMESTAMP };
    expect(await rowsOf('SELECT LEAST(AT, :1), GREATEST(:2, AT) FROM CHILD WHERE ID = 1', [later, later])).toEqual([
      [at, later.val],
    ]);
  });
});
