import oracledb from 'oracledb';
import { openTestOracle, type TestOracle } from '../../test-oracle';

// The grammar takes seconds for a new statement.
jest.setTimeout(300_000);

const TABLE =
  'CREATE TABLE NOTES (ID NUMBER(9), NOTE VARCHAR2(4000), SHORT VARCHAR2(6), N_NOTE NVARCHAR2(40), N_TEXT NCLOB)';
const FROM_A_LIST = 'INSERT INTO NOTES (ID, NOTE) SELECT :1, :2 FROM DUAL';
const VALUES = 'INSERT INTO NOTES (ID, NOTE) VALUES (:1, :2)';
const JOINED = 'INSERT INTO NOTES (ID, NOTE) SELECT :1, (:2 || :102) FROM DUAL';

const number = { type: oracledb.DB_TYPE_NUMBER };
const text = (maxSize: number) => ({ type: oracledb.DB_TYPE_VARCHAR, maxSize });

/** For each set: the most bytes of a bind in a select list, and the stored form of a text. */
const SETS = [
  ['AL32UTF8', 4000, 'a中€😀', 'a中€😀', 11],
  ['UTF8', 1333, 'a中€', 'a中€', 7],
  ['ZHS16GBK', 2000, 'a中€😀', 'a中??', 5],
  ['ZHS32GB18030', 1000, 'a中䶮😀', 'a中䶮?', 6],
  ['US7ASCII', 4000, 'a中', 'a?', 2],
] as const;

describe.each(SETS)('the stand-in with %s', (characterSet, most, sent, stored, bytes) => {
  let oracle: TestOracle;
  let connection: oracledb.Connection;
  beforeAll(async () => {
    oracle = await openTestOracle({ characterSet });
    connection = await oracle.connect();
    await connection.execute(TABLE);
  });
  afterAll(() => oracle.drop());
  afterEach(() => connection.rollback());
  const one = async (sql: string): Promise<unknown> => ((await connection.execute(sql)).rows as unknown[][])[0]?.[0];

  it('reports its set, and counts bytes in it', async () => {
    expect(await one(`SELECT VALUE FROM NLS_DATABASE_PARAMETERS WHERE PARAMETER = 'NLS_CHARACTERSET'`)).toBe(
      characterSet,
    );
    await connection.execute(VALUES, [1, sent]);
    expect(await one('SELECT NOTE FROM NOTES')).toBe(stored);
    expect(await one('SELECT LENGTHB(NOTE) FROM NOTES')).toBe(bytes);
    expect(await one('SELECT DUMP(NOTE, 1016, 1, 3) FROM NOTES')).toMatch(
      new RegExp(`^Typ=1 Len=${bytes} CharacterSet=${characterSet}: 61,`),
    );
    const three = connection.execute(`INSERT INTO NOTES (SHORT) VALUES ('中中中')`);
    if (['ZHS16GBK', 'ZHS32GB18030', 'US7ASCII'].includes(characterSet)) await three;
    else await expect(three).rejects.toThrow(/ORA-12899.*actual: 9, maximum: 6/);
  });

  it('refuses a bind whose declared size makes it a LONG, except in VALUES', async () => {
    const run = (sql: string, size: number, width = 2) =>
      connection.executeMany(sql, [Array.from({ length: width }, (_, at) => (at === 0 ? 1 : 'x'))], {
        bindDefs: [number, ...Array.from({ length: width - 1 }, () => text(size))],
      });
    await run(FROM_A_LIST, most);
    await expect(run(FROM_A_LIST, most + 1)).rejects.toThrow(/ORA-01461/);
    await run(VALUES, 4001);
    await run(JOINED, most, 3);
    await expect(run(JOINED, most + 1, 3)).rejects.toThrow(/ORA-01461/);
    await expect(
      connection.executeMany('UPDATE NOTES SET ID = :1 WHERE NOTE = :2', [[1, 'x']], {
        bindDefs: [number, text(most + 1)],
      }),
    ).rejects.toThrow(/ORA-01461/);
  });

  it('has the national set beside it', async () => {
    const value = { val: '停电😀', type: oracledb.DB_TYPE_NVARCHAR };
    await connection.execute('INSERT INTO NOTES (ID, N_NOTE, N_TEXT) VALUES (:1, :2, :3)', [1, value, value]);
    const { metaData, rows } = await connection.execute('SELECT N_NOTE, N_TEXT FROM NOTES', [], {
      fetchTypeHandler: ({ dbType }) => (dbType === oracledb.DB_TYPE_NCLOB ? { type: oracledb.STRING } : undefined),
    });
    expect(metaData?.map(({ dbType, dbTypeName }) => [dbType === oracledb.DB_TYPE_NVARCHAR, dbTypeName])).toEqual([
      [true, 'NVARCHAR2'],
      [false, 'NCLOB'],
    ]);
    expect(rows).toEqual([['停电😀', '停电😀']]);
    const lob = (await one('SELECT N_TEXT FROM NOTES')) as oracledb.Lob;
    expect(lob.type).toBe(oracledb.DB_TYPE_NCLOB);
    expect(await lob.getData()).toBe('停电😀');
    const types = await connection.execute(
      `SELECT DATA_TYPE FROM USER_TAB_COLUMNS WHERE TABLE_NAME = 'NOTES' ORDER BY COLUMN_ID`,
    );
    expect(types.rows).toEqual([['NUMBER'], ['VARCHAR2'], ['VARCHAR2'], ['NVARCHAR2'], ['NCLOB']]);
  });

  it('fails to fetch a value that the test has damaged, unless it is read in another way', async () => {
    await connection.execute(VALUES, [1, 'good']);
    await connection.execute(VALUES, [2, 'bad']);
    oracle.inject({ kind: 'fail-value', number: 29275, column: 'NOTES.NOTE', holding: 'bad' });
    await expect(connection.execute('SELECT ID, NOTE FROM NOTES')).rejects.toThrow(/ORA-29275: partial multibyte/);
    expect((await connection.execute('SELECT ID, NOTE FROM NOTES WHERE ID = 1')).rows).toEqual([[1, 'good']]);
    expect(await one('SELECT DUMP(NOTE, 1016, 1, 9) FROM NOTES WHERE ID = 2')).toMatch(/: 62,61,64$/);
    oracle.clearFaults();
  });
});
