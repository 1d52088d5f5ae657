import type oracledb from 'oracledb';
import { openTestOracle, type TestOracle } from '../support/oracle-server/test-oracle';

process.env.TZ = 'UTC';
// the grammar takes seconds for a statement that it has not seen before
jest.setTimeout(240_000);

describe('SQL of the Oracle stand-in', () => {
  let oracle: TestOracle;
  let owner: oracledb.Connection;
  let dba: oracledb.Connection;

  const rowsOf = async (sql: string, values: oracledb.BindParameters = []): Promise<unknown> =>
    (await owner.execute(sql, values as never[])).rows;
  const failure = async (sql: string, values: unknown[] = [], connection = owner): Promise<string> =>
    connection.execute(sql, values as never[]).then(
      () => 'no error',
      (error: Error) => error.message.split('\n')[0] as string,
    );

  beforeAll(async () => {
    oracle = await openTestOracle();
    owner = await oracle.connect();
    dba = await oracle.connect('DBADMIN');
    for (const sql of [
      `CREATE TABLE PARENT (ID NUMBER(9) CONSTRAINT PARENT_PK PRIMARY KEY, CODE VARCHAR2(8 BYTE) CONSTRAINT PARENT_CODE_UK UNIQUE)`,
      `CREATE TABLE CHILD (ID NUMBER(9) NOT NULL, PARENT_ID NUMBER(9), STATUS VARCHAR2(4 CHAR) DEFAULT 'NEW' NOT NULL, AMOUNT NUMBER(5,2),
         AT TIMESTAMP(3) DEFAULT SYS_EXTRACT_UTC(SYSTIMESTAMP), NOTE VARCHAR2(100 CHAR), CONSTRAINT CHILD_PK PRIMARY KEY (ID),
         CONSTRAINT CHILD_PARENT_FK FOREIGN KEY (PARENT_ID) REFERENCES PARENT (ID), CONSTRAINT CHILD_STATUS_CK CHECK (STATUS IN ('NEW', 'DONE')))`,
      "CREATE INDEX CHILD_NEW ON CHILD (CASE WHEN STATUS = 'NEW' THEN ID END) INITRANS 8 TABLESPACE USERS",
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

  it.each([
    ['a table that is not there', 'SELECT ID FROM NOPE', 'ORA-00942: table or view does not exist'],
    ['a name in lower case and quotes', 'SELECT ID FROM "child"', 'ORA-00942: table or view does not exist'],
    ['a column in lower case and quotes', 'SELECT "id" FROM CHILD', 'ORA-00904: "id": invalid identifier'],
    ['a column that is not there', 'SELECT NOPE FROM CHILD', 'ORA-00904: "NOPE": invalid identifier'],
    ['a function of PostgreSQL', 'SELECT NOW() FROM DUAL', 'ORA-00904: "NOW": invalid identifier'],
    ['PostgreSQL’s own tables', 'SELECT RELNAME FROM PG_CLASS', 'ORA-00942: table or view does not exist'],
    ['a duplicate', 'INSERT INTO CHILD (ID) VALUES (1)', 'ORA-00001: unique constraint (YJSMS.CHILD_PK) violated'],
    [
      'a duplicate of a named key',
      `INSERT INTO PARENT (ID, CODE) VALUES (2, 'one')`,
      'ORA-00001: unique constraint (YJSMS.PARENT_CODE_UK) violated',
    ],
    [
      'NULL where none may be',
      'INSERT INTO CHILD (ID) VALUES (NULL)',
      'ORA-01400: cannot insert NULL into ("YJSMS"."CHILD"."ID")',
    ],
    [
      'NULL by an update',
      'UPDATE CHILD SET STATUS = NULL WHERE ID = 1',
      'ORA-01407: cannot update ("YJSMS"."CHILD"."STATUS") to NULL',
    ],
    [
      'a text of too many characters',
      `UPDATE CHILD SET STATUS = 'NEWER' WHERE ID = 1`,
      'ORA-12899: value too large for column "YJSMS"."CHILD"."STATUS" (actual: 5, maximum: 4)',
    ],
    [
      'a text of too many bytes',
      `INSERT INTO PARENT (ID, CODE) VALUES (3, '停电通知')`,
      'ORA-12899: value too large for column "YJSMS"."PARENT"."CODE" (actual: 12, maximum: 8)',
    ],
    [
      'a number that is too large',
      'UPDATE CHILD SET AMOUNT = 1000 WHERE ID = 1',
      'ORA-01438: value larger than specified precision allowed for this column',
    ],
    [
      'a violated check',
      `UPDATE CHILD SET STATUS = 'ODD' WHERE ID = 1`,
      'ORA-02290: check constraint (YJSMS.CHILD_STATUS_CK) violated',
    ],
    [
      'a missing parent',
      'INSERT INTO CHILD (ID, PARENT_ID) VALUES (4, 9)',
      'ORA-02291: integrity constraint (YJSMS.CHILD_PARENT_FK) violated - parent key not found',
    ],
    [
      'a parent with children',
      'DELETE FROM PARENT WHERE ID = 1',
      'ORA-02292: integrity constraint (YJSMS.CHILD_PARENT_FK) violated - child record found',
    ],
    ['a text as a number', `SELECT TO_NUMBER('x') FROM DUAL`, 'ORA-01722: invalid number'],
    ['a division by zero', 'SELECT 1 / 0 FROM DUAL', 'ORA-01476: divisor is equal to zero'],
    ['a column outside of GROUP BY', 'SELECT STATUS, COUNT(*) FROM CHILD', 'ORA-00979: not a GROUP BY expression'],
    [
      'two columns of one name',
      'SELECT ID FROM CHILD C JOIN PARENT P ON P.ID = C.PARENT_ID',
      'ORA-00918: column ambiguously defined',
    ],
    [
      'FETCH FIRST with FOR UPDATE',
      'SELECT ID FROM CHILD FETCH FIRST 1 ROWS ONLY FOR UPDATE',
      'ORA-02014: cannot select FOR UPDATE from view with DISTINCT, GROUP BY, etc.',
    ],
    [
      'an unknown tablespace',
      'CREATE TABLE T (A NUMBER) TABLESPACE NOWHERE',
      `ORA-00959: tablespace 'NOWHERE' does not exist`,
    ],
    ['a table that is there', 'CREATE TABLE CHILD (A NUMBER)', 'ORA-00955: name is already used by an existing object'],
    ['an index that is not there', 'DROP INDEX NOPE', 'ORA-01418: specified index does not exist'],
    ['a sequence that is not there', 'DROP SEQUENCE NOPE', 'ORA-02289: sequence does not exist'],
    ['another’s user', 'CREATE USER SOMEBODY IDENTIFIED BY "x"', 'ORA-01031: insufficient privileges'],
  ])('refuses %s', async (_what, sql, expected) => {
    expect(await failure(sql)).toBe(expected);
  });

  it.each([
    ['LIMIT 1', []],
    ['WHERE ID = ANY(ARRAY[1])', []],
    // the driver takes the type for a bind
    ['WHERE ID::TEXT = 1', [1]],
    ['WHERE TRUE', []],
  ])('refuses SELECT ID FROM CHILD %s as no Oracle', async (rest, values) => {
    expect(await failure(`SELECT ID FROM CHILD ${rest}`, values)).toMatch(/^ORA-009\d\d/);
  });

  it('keeps accounts apart: grants, roles, views by session user, synonyms, schemas', async () => {
    for (const sql of [
      'CREATE ROLE APP_ROLE',
      'CREATE USER APP1 IDENTIFIED BY "secret" DEFAULT TABLESPACE USERS QUOTA 10M ON USERS',
      'GRANT CREATE SESSION TO APP1',
      'GRANT APP_ROLE TO APP1',
    ]) {
      await dba.execute(sql);
    }
    for (const sql of [
      `CREATE TABLE LETTERS (ID NUMBER(9) NOT NULL, OWNER_NAME VARCHAR2(30) DEFAULT SYS_CONTEXT('USERENV', 'SESSION_USER') NOT NULL, TEXT_LINE VARCHAR2(10 CHAR))`,
      `CREATE OR REPLACE VIEW MY_LETTERS AS SELECT ID, TEXT_LINE FROM LETTERS WHERE OWNER_NAME = SYS_CONTEXT('USERENV', 'SESSION_USER')`,
      'GRANT READ ON MY_LETTERS TO APP_ROLE',
      'GRANT INSERT (ID, TEXT_LINE) ON LETTERS TO APP_ROLE',
    ]) {
      await owner.execute(sql);
    }
    await dba.execute('CREATE OR REPLACE SYNONYM APP1.LETTERBOX FOR YJSMS.MY_LETTERS');
    await owner.execute(`INSERT INTO LETTERS (ID, TEXT_LINE) VALUES (1, 'mine')`, [], { autoCommit: true });
    const app = await oracle.connect('APP1');
    await app.execute(`INSERT INTO YJSMS.LETTERS (ID, TEXT_LINE) VALUES (2, 'theirs')`, [], { autoCommit: true });
    expect((await app.execute('SELECT LETTERBOX.ID, TEXT_LINE FROM LETTERBOX')).rows).toEqual([[2, 'theirs']]);
    expect((await owner.execute('SELECT ID FROM MY_LETTERS')).rows).toEqual([[1]]);
    expect(await failure('SELECT ID FROM LETTERS', [], app)).toMatch('ORA-00942');
    expect(await failure('SELECT ID FROM YJSMS.CHILD', [], app)).toMatch('ORA-00942');
    expect(await failure('DELETE FROM YJSMS.LETTERS', [], app)).toMatch('ORA-01031');
    expect(await failure('CREATE TABLE MINE (A NUMBER)', [], app)).toMatch('ORA-01031');
    await app.execute('ALTER SESSION SET CURRENT_SCHEMA = YJSMS');
    expect((await app.execute('SELECT ID FROM MY_LETTERS')).rows).toEqual([[2]]);
    await dba.execute('DROP USER APP1 CASCADE');
    await expect(oracle.connect('APP1')).rejects.toMatchObject({ errorNum: 1017 });
  });

  it('has tablespaces with quotas, a dictionary, identities, sequences and changes of tables', async () => {
    await dba.execute(`CREATE TABLESPACE SMS_DATA DATAFILE SIZE 10M AUTOEXTEND ON`);
    expect(await failure('CREATE TABLESPACE SMS_DATA DATAFILE SIZE 10M', [], dba)).toMatch('ORA-01543');
    await dba.execute('CREATE USER BUILDER IDENTIFIED BY "secret"');
    await dba.execute('GRANT CREATE SESSION, CREATE TABLE TO BUILDER');
    const builder = await oracle.connect('BUILDER');
    const create =
      'CREATE TABLE KEPT (ID NUMBER(9) GENERATED BY DEFAULT ON NULL AS IDENTITY, A VARCHAR2(5 CHAR)) TABLESPACE SMS_DATA';
    expect(await failure(create, [], builder)).toMatch('ORA-01950');
    await dba.execute('ALTER USER BUILDER QUOTA UNLIMITED ON SMS_DATA');
    await builder.execute(create);
    await builder.execute('INSERT INTO KEPT (ID, A) VALUES (NULL, :1)', ['a']);
    expect((await builder.execute('SELECT ID FROM KEPT')).rows).toEqual([[1]]);
    expect((await builder.execute(`SELECT TABLE_NAME, TABLESPACE_NAME FROM USER_TABLES`)).rows).toEqual([
      ['KEPT', 'SMS_DATA'],
    ]);
    await builder.execute('ALTER TABLE KEPT ADD (B NUMBER(3) DEFAULT 7 NOT NULL)');
    await builder.execute('ALTER TABLE KEPT MODIFY (A VARCHAR2(6 CHAR))');
    expect(await failure(`UPDATE KEPT SET A = '1234567'`, [], builder)).toMatch('(actual: 7, maximum: 6)');
    expect((await builder.execute('SELECT B FROM KEPT')).rows).toEqual([[7]]);
    expect(await failure('DROP TABLESPACE SMS_DATA', [], dba)).toMatch('ORA-01549');
    await owner.execute('CREATE SEQUENCE NUMBERS START WITH 5 CACHE 100 NOORDER');
    expect(await rowsOf('SELECT NUMBERS.NEXTVAL FROM DUAL')).toEqual([[5]]);
    expect(await rowsOf(`SELECT CONSTRAINT_NAME FROM USER_CONSTRAINTS WHERE TABLE_NAME = 'PARENT' ORDER BY 1`)).toEqual(
      [['PARENT_CODE_UK'], ['PARENT_PK']],
    );
  });

  it('runs triggers and blocks for which a handler is registered, and no others', async () => {
    expect(
      await failure('CREATE OR REPLACE TRIGGER CHILD_TRG BEFORE INSERT ON CHILD FOR EACH ROW BEGIN NULL; END;'),
    ).toMatch('ORA-03001');
    const trigger = `CREATE OR REPLACE TRIGGER CHILD_TRG BEFORE INSERT ON CHILD FOR EACH ROW BEGIN IF :NEW.NOTE = 'bad' THEN RAISE_APPLICATION_ERROR(-20007, 'bad note'); END IF; END;`;
    const other = await openTestOracle({
      definitions: {
        [trigger]: ({ schema }) => [
          `CREATE OR REPLACE FUNCTION ${schema}.child_trg() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.note = 'bad' THEN PERFORM ora.raise_error(20007, 'bad note'); END IF; RETURN NEW; END $$`,
          `CREATE OR REPLACE TRIGGER child_trg BEFORE INSERT ON ${schema}.child FOR EACH ROW EXECUTE FUNCTION ${schema}.child_trg()`,
        ],
      },
      blocks: {
        'DECLARE N NUMBER; BEGIN FOR I IN 1 .. :n LOOP INSERT INTO CHILD (ID) VALUES (I); END LOOP; END;': async ({
          binds,
          oracle: run,
        }) => {
          for (let id = 1; id <= Number(binds.get('N')); id += 1)
            await run('INSERT INTO CHILD (ID) VALUES (:1)', [String(id)]);
          return {};
        },
      },
    });
    const connection = await other.connect();
    await connection.execute('CREATE TABLE CHILD (ID NUMBER(9) NOT NULL, NOTE VARCHAR2(10))');
    await connection.execute(trigger);
    expect(await failure(`INSERT INTO CHILD (ID, NOTE) VALUES (1, 'bad')`, [], connection)).toBe('ORA-20007: bad note');
    await connection.execute(
      'declare n number; begin for i in 1 .. :n loop insert into child (id) values (i); end loop; end;',
      { n: 3 },
    );
    expect((await connection.execute('SELECT COUNT(*) FROM CHILD')).rows).toEqual([[3]]);
    await other.drop();
  });
});
