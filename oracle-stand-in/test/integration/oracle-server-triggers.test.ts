import { note, usePlsql } from './plsql-world';

jest.setTimeout(300_000);

/** Compound triggers and compiler messages. For LNPLS and ERRMG see oracle-plsql.test.ts. */
describe('triggers on the Oracle stand-in', () => {
  const { run, errors, refusal, execute, failure, notes, connection } = usePlsql();

  const compound = (body: string, { event = 'INSERT', head = '' } = {}): string => `CREATE OR REPLACE TRIGGER PROBE
  FOR ${event} ON T
  ${head}
COMPOUND TRIGGER
  V_NOTE VARCHAR2(4000);
  ${body}
END PROBE;`;
  const section = (point: string, body: string): string => `${point} IS BEGIN ${body} END ${point};`;

  afterEach(() => failure('DROP TRIGGER PROBE'));

  // LNPLS "Compound DML Triggers": variables are initialised when the triggering statement begins,
  // and gone when it is complete.
  describe('a compound trigger', () => {
    it('keeps its variables from one section to the next, and for one statement', async () => {
      await execute(
        compound(`V_ROWS NUMBER := 0; V_SINCE TIMESTAMP(3) := TO_TIMESTAMP('2026-01-02 03:04:05.678', 'YYYY-MM-DD HH24:MI:SS.FF3'); V_RAW RAW(4) := HEXTORAW('00FF'); V_DONE BOOLEAN;
  ${section('BEFORE STATEMENT', 'V_ROWS := 10;')}
  ${section('BEFORE EACH ROW', `V_ROWS := V_ROWS + 1; V_DONE := TRUE; :NEW.NAME := V_ROWS;`)}
  ${section('AFTER STATEMENT', `IF V_DONE THEN ${note(`V_ROWS || ' ' || TO_CHAR(V_SINCE, 'SS.FF3') || ' ' || RAWTOHEX(V_RAW)`)} ELSE ${note(`'no rows'`)} END IF;`)}`),
      );
      await execute('INSERT INTO T (ID) SELECT ID FROM FEW');
      await execute('INSERT INTO T (ID) VALUES (4)');
      await execute('INSERT INTO T (ID) SELECT ID FROM FEW WHERE ID = 99');
      expect(await notes()).toEqual(['13 05.678 00FF', '11 05.678 00FF', 'no rows']);
      expect(await execute('SELECT NAME FROM T ORDER BY ID')).toEqual([['11'], ['12'], ['13'], ['11']]);
    });

    it('collects rows in a list, and reads its table after the last one', async () => {
      await execute(
        compound(`TYPE T_IDS IS TABLE OF NUMBER(9) INDEX BY PLS_INTEGER; V_IDS T_IDS; V_N NUMBER;
  ${section('AFTER EACH ROW', 'V_IDS(V_IDS.COUNT + 1) := :NEW.ID;')}
  ${section(
    'AFTER STATEMENT',
    `SELECT COUNT(*) INTO V_N FROM T; ${note('V_N')} FORALL I IN 1 .. V_IDS.COUNT DELETE FROM T WHERE ID = V_IDS(I) AND ID > 1; V_IDS.DELETE; ${note(`'left ' || V_IDS.COUNT`)} V_N := V_IDS(1);`,
  )}`),
      );
      // LNPLS "Associative Arrays": a missing element raises NO_DATA_FOUND.
      expect(await failure('INSERT INTO T (ID) SELECT ID FROM FEW')).toBe('ORA-01403: no data found');
      expect(await execute('SELECT ID FROM T')).toEqual([]);
      await execute(
        compound(`TYPE T_IDS IS TABLE OF NUMBER(9) INDEX BY PLS_INTEGER; V_IDS T_IDS;
  ${section('AFTER EACH ROW', 'V_IDS(V_IDS.COUNT + 1) := :NEW.ID;')}
  ${section('AFTER STATEMENT', `FORALL I IN 1 .. V_IDS.COUNT DELETE FROM T WHERE ID = V_IDS(I) AND ID > 1;`)}`),
      );
      await execute('INSERT INTO T (ID) SELECT ID FROM FEW');
      expect(await execute('SELECT ID FROM T')).toEqual([[1]]);
    });

    // LNPLS "Handling FORALL Exceptions Immediately", "Unhandled Exceptions"
    it('keeps what FORALL did before its failure when that is handled, and nothing otherwise', async () => {
      const text = (handler: string) =>
        compound(`TYPE T_IDS IS TABLE OF NUMBER(9) INDEX BY PLS_INTEGER; V_IDS T_IDS;
  ${section('AFTER EACH ROW', 'V_IDS(V_IDS.COUNT + 1) := :NEW.ID;')}
  ${section('AFTER STATEMENT', `FORALL I IN 1 .. V_IDS.COUNT INSERT INTO NOTES (TEXT) SELECT NAME FROM FEW WHERE ID = V_IDS(I); ${handler}`)}`);
      await execute(text('EXCEPTION WHEN DUP_VAL_ON_INDEX THEN NULL;'));
      await execute('INSERT INTO T (ID) SELECT ID FROM FEW ORDER BY ID');
      expect(await notes()).toEqual(['one', 'two']);
      await connection().rollback();
      await execute(text('EXCEPTION WHEN NO_DATA_FOUND THEN NULL;'));
      expect(await failure('INSERT INTO T (ID) SELECT ID FROM FEW ORDER BY ID')).toMatch('ORA-00001');
      expect([await notes(), await execute('SELECT ID FROM T')]).toEqual([[], []]);
    });

    // LNPLS "WHEN (condition)": evaluated for each row.
    it('has a condition for its rows', async () => {
      await execute(compound(section('BEFORE EACH ROW', `:NEW.NAME := 'seen';`), { head: 'WHEN (NEW.ID > 1)' }));
      await execute('INSERT INTO T (ID) SELECT ID FROM FEW');
      expect(await execute('SELECT NAME FROM T ORDER BY ID')).toEqual([[null], ['seen'], ['seen']]);
    });

    it('sees both rows of an UPDATE, and the old one of a DELETE', async () => {
      await execute(compound(section('BEFORE EACH ROW', `:NEW.NAME := :OLD.ID || :NEW.CODE;`), { event: 'UPDATE' }));
      await execute(`INSERT INTO T (ID, CODE) VALUES (7, 'x')`);
      await execute(`UPDATE T SET CODE = 'y'`);
      expect(await execute('SELECT NAME FROM T')).toEqual([['7y']]);
      await execute(compound(section('AFTER EACH ROW', note(':OLD.NAME')), { event: 'DELETE' }));
      await execute('DELETE FROM T');
      expect(await notes()).toEqual(['7y']);
    });
  });

  // LNPLS "Mutating-Table Restriction"; ERRMG ORA-04091
  it('cannot read their table while its rows change', async () => {
    const mutating = 'ORA-04091: table YJSMS.T is mutating, trigger/function may not see it';
    const declared =
      'V_N NUMBER; FUNCTION HOW_MANY RETURN NUMBER IS V_C NUMBER; BEGIN SELECT COUNT(*) INTO V_C FROM T; RETURN V_C; END HOW_MANY;';
    for (const body of [
      'SELECT COUNT(*) INTO V_N FROM T;',
      'SELECT COUNT(*) INTO V_N FROM FEW WHERE EXISTS (SELECT 1 FROM T_NAMES);',
      'FOR R IN (SELECT ID FROM T) LOOP NULL; END LOOP;',
      'DELETE FROM T WHERE ID = 99;',
      'V_N := HOW_MANY;',
    ])
      expect([body, await run(body, declared)]).toEqual([body, mutating]);
    // the error occurs only when the statement is executed
    expect(
      await run(`IF :NEW.ID = 99 THEN SELECT COUNT(*) INTO V_N FROM T; END IF; ${note(`'on'`)}`, declared),
    ).toEqual(['on']);
    expect(
      await run(`BEGIN SELECT COUNT(*) INTO V_N FROM T; EXCEPTION WHEN OTHERS THEN ${note('SQLCODE')} END;`, declared),
    ).toEqual(['-4091']);
  });

  // LNPLS "SQL*Plus and SQL Developer Trigger Error Messages", "Trigger Enabling and Disabling";
  // ERRMG ORA-04098, ORA-24344
  it('are created INVALID when they do not compile, and refuse the statements that fire them', async () => {
    const sick = compound(section('BEFORE EACH ROW', '\n:NEW.NAME := V_NOBODY;'));
    const { warning } = await connection().execute(sick);
    expect(warning?.message).toMatch(/NJS-700|compil/);
    expect(await execute('SELECT NAME, TYPE, LINE, TEXT, ATTRIBUTE FROM USER_ERRORS')).toEqual([
      ['PROBE', 'TRIGGER', 7, "PLS-00201: identifier 'V_NOBODY' must be declared", 'ERROR'],
    ]);
    expect(await execute(`SELECT STATUS FROM USER_OBJECTS WHERE OBJECT_NAME = 'PROBE'`)).toEqual([['INVALID']]);
    expect(await failure('INSERT INTO T (ID) VALUES (1)')).toBe(
      "ORA-04098: trigger 'YJSMS.PROBE' is invalid and failed re-validation",
    );
    expect(await failure('DELETE FROM T')).toBe('nothing failed');
    await execute('ALTER TRIGGER PROBE DISABLE');
    expect(await failure('INSERT INTO T (ID) VALUES (1)')).toBe('nothing failed');
    await execute(compound(section('BEFORE EACH ROW', `:NEW.NAME := 'well';`)));
    expect(await execute('SELECT TEXT FROM USER_ERRORS')).toEqual([]);
    await execute('INSERT INTO T (ID) VALUES (2)');
    expect(await execute('SELECT NAME FROM T WHERE ID = 2')).toEqual([['well']]);
    await execute('DELETE FROM T');
    await execute('DROP TRIGGER PROBE');
  });

  it('are disabled when they are created so, until they are enabled', async () => {
    await execute(compound(section('BEFORE EACH ROW', `:NEW.NAME := 'on';`), { head: 'DISABLE' }));
    const status = async () => (await execute(`SELECT STATUS FROM USER_TRIGGERS WHERE TRIGGER_NAME = 'PROBE'`))[0];
    expect(await status()).toEqual(['DISABLED']);
    await execute('INSERT INTO T (ID) VALUES (1)');
    await connection().rollback();
    await execute('ALTER TRIGGER PROBE ENABLE');
    expect(await status()).toEqual(['ENABLED']);
    await execute('INSERT INTO T (ID) VALUES (1)');
    expect(await execute('SELECT NAME FROM T')).toEqual([['on']]);
  });

  // LNPLS "Trigger Compilation, Invalidation, and Recompilation"; ERRMG ORA-04098
  it('refuse the statements that fire them while they no longer compile', async () => {
    const text = compound(section('AFTER STATEMENT', `INSERT INTO NOTES (TEXT) SELECT NAME FROM FEW WHERE ID = 1;`));
    await execute(text);
    await execute('ALTER TABLE FEW RENAME COLUMN NAME TO TITLE');
    expect(await failure('INSERT INTO T (ID) VALUES (1)')).toMatch('ORA-04098');
    expect(await execute('SELECT TEXT FROM USER_ERRORS')).toEqual([['PL/SQL: ORA-00904: "NAME": invalid identifier']]);
    await execute('ALTER TABLE FEW RENAME COLUMN TITLE TO NAME');
    await execute('INSERT INTO T (ID) VALUES (1)');
    expect(await notes()).toEqual(['one']);
    await connection().rollback();
    await execute('ALTER TRIGGER PROBE DISABLE');
    await execute('ALTER TABLE FEW RENAME COLUMN NAME TO TITLE');
    await execute('ALTER TABLE FEW RENAME COLUMN TITLE TO NAME');
    expect(await execute(`SELECT STATUS FROM USER_TRIGGERS`)).toEqual([['DISABLED']]);
  });

  // SQLRF "DROP TABLE": the triggers on it are dropped with it.
  it('are dropped with their table', async () => {
    await execute('CREATE TABLE U (ID NUMBER(9) NOT NULL)');
    await execute(compound(section('BEFORE EACH ROW', `NULL;`)).replace('ON T', 'ON U'));
    await execute('DROP TABLE U PURGE');
    expect(await execute('SELECT TRIGGER_NAME FROM USER_TRIGGERS')).toEqual([]);
    expect(await failure('DROP TRIGGER PROBE')).toMatch('ORA-04080');
  });

  // ERRMG PLS-…, ORA-…, each under its number.
  it.each([
    ['V_N := V_NOBODY + 1;', "PLS-00201: identifier 'V_NOBODY' must be declared"],
    ['V_NOBODY := 1;', "PLS-00201: identifier 'V_NOBODY' must be declared"],
    ['NOBODY(1);', "PLS-00201: identifier 'NOBODY' must be declared"],
    ['V_N := NOBODY(1);', "PLS-00201: identifier 'NOBODY' must be declared"],
    ['BEGIN NULL; EXCEPTION WHEN NOBODY THEN NULL; END;', "PLS-00201: identifier 'NOBODY' must be declared"],
    ['SELECT NOBODY INTO V_N FROM FEW;', 'PL/SQL: ORA-00904: "NOBODY": invalid identifier'],
    ['INSERT INTO FEW (ID) VALUES (V_NOBODY);', 'PL/SQL: ORA-00904: "V_NOBODY": invalid identifier'],
    ['SELECT ID INTO V_N FROM NOWHERE;', 'PL/SQL: ORA-00942: table or view does not exist'],
    ['SELECT ID, NAME INTO V_N FROM FEW;', 'PL/SQL: ORA-00913: too many values'],
    ['SELECT ID INTO V_N, V_NOTE FROM FEW;', 'PL/SQL: ORA-00947: not enough values'],
    ['INSERT INTO FEW (ID, NAME) VALUES (1);', 'PL/SQL: ORA-00947: not enough values'],
    ['DELETE FROM FEW WHERE V_B;', 'PLS-00382: expression is of wrong type'],
    ['V_B := 1;', 'PLS-00382: expression is of wrong type'],
    ['V_N := V_B;', 'PLS-00382: expression is of wrong type'],
    ['V_C := 2;', "PLS-00363: expression 'V_C' cannot be used as an assignment target"],
    ['DOUBLE(1, 2);', "PLS-00221: 'DOUBLE' is not a procedure or is undefined"],
    ['V_N := DOUBLE(1, 2);', "PLS-00306: wrong number or types of arguments in call to 'DOUBLE'"],
    ['SELECT DOUBLE(ID) INTO V_N FROM FEW;', "PLS-00231: function 'DOUBLE' may not be used in SQL"],
    ["V_NOTE := RAWTOHEX(STANDARD_HASH('a'));", "PLS-00201: identifier 'STANDARD_HASH' must be declared"],
    [
      "V_NOTE := DECODE(V_N, 1, 'a');",
      "PLS-00204: function or pseudo-column 'DECODE' may be used inside a SQL statement only",
    ],
    ['INSERT INTO FEW (ID) VALUES (SQLCODE);', "PLS-00231: function 'SQLCODE' may not be used in SQL"],
    ['V_NOTE := :NEW.NOBODY;', "PLS-00049: bad bind variable 'NEW.NOBODY'"],
    ['RAISE;', 'PLS-00367: a RAISE statement with no exception name must be inside an exception handler'],
    ['RETURN 1;', 'PLS-00372: In a procedure, RETURN statement cannot contain an expression'],
    [
      'FOR R IN (SELECT NOBODY FROM FEW) LOOP V_N := R.ID; END LOOP;',
      'PL/SQL: ORA-00904: "NOBODY": invalid identifier',
    ],
  ])('do not compile with %s: %s', async (body, expected) => {
    const declared =
      'V_N NUMBER; V_B BOOLEAN; V_C CONSTANT NUMBER := 1; FUNCTION DOUBLE (P_N IN NUMBER) RETURN NUMBER IS BEGIN RETURN P_N * 2; END DOUBLE;';
    expect((await errors(body, declared))[0]).toBe(expected);
  });

  it('do not compile with the constructs of another kind of trigger', async () => {
    const found = async (text: string) => {
      await execute(text);
      return (await execute('SELECT TEXT FROM USER_ERRORS'))[0]?.[0];
    };
    expect(await found(compound(section('AFTER EACH ROW', `:NEW.NAME := 'late';`)))).toBe(
      'ORA-04084: cannot change NEW values for this trigger type',
    );
    expect(await found(compound(section('AFTER STATEMENT', note(':NEW.NAME'))))).toBe(
      "PLS-00049: bad bind variable 'NEW.NAME'",
    );
    expect(await found(compound(`V_NAME VARCHAR2; ${section('AFTER STATEMENT', 'NULL;')}`))).toBe(
      'PLS-00215: String length constraints must be in range (1 .. 32767)',
    );
    expect(await found(compound(`V_NOTE NUMBER; ${section('AFTER STATEMENT', 'NULL;')}`))).toBe(
      "PLS-00371: at most one declaration for 'V_NOTE' is permitted",
    );
  });

  it.each([
    [`EXECUTE IMMEDIATE 'DELETE FROM FEW';`, ''],
    ['NULL;', 'CURSOR C IS SELECT ID FROM FEW;'],
    ['NULL;', 'V_ID FEW.ID%TYPE;'],
    ['NULL;', 'E_MINE EXCEPTION;'],
    ['NULL;', 'PROCEDURE P (P_N OUT NUMBER) IS BEGIN P_N := 1; END P;'],
    ['P(3);', 'PROCEDURE P (P_N IN NUMBER) IS BEGIN P(P_N - 1); END P;'],
    ['BEGIN NULL; EXCEPTION WHEN OTHERS THEN V_NOTE := SQLERRM; END;', ''],
    ['DELETE FROM FEW; V_NOTE := SQL%ROWCOUNT;', ''],
    ['V_NOTE := DBMS_RANDOM.VALUE(1, 2);', ''],
    ['SELECT ID BULK COLLECT INTO V_IDS FROM FEW;', 'TYPE T_IDS IS TABLE OF NUMBER INDEX BY PLS_INTEGER; V_IDS T_IDS;'],
    ['CASE V_NOTE WHEN 1 THEN NULL; END CASE;', ''],
    ['GOTO THERE; <<THERE>> NULL;', ''],
    ['UPDATE FEW SET ID = 1 RETURNING ID INTO V_NOTE;', ''],
    ['IF V_NOTE > 1 THEN NULL; END IF;', ''],
  ])('are refused for %s %s, which the stand-in does not know', async (body, declared) => {
    expect(await refusal(body, declared)).toMatch('ORA-03001');
    expect(await execute('SELECT TRIGGER_NAME FROM USER_TRIGGERS')).toEqual([]);
  });
});
