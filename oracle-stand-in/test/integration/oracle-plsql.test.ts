import { onOracle } from '../../../test/support/test-engines';
import { note, usePlsql } from './plsql-world';

/**
 * Behaviour of PL/SQL that PL/pgSQL, to which the stand-in compiles it, does not share.
 * Expectations come from Oracle's documentation of 19c: LNPLS is the PL/SQL Language Reference,
 * SQLRF the SQL Language Reference, ERRMG the Database Error Messages.
 */
onOracle('PL/SQL', () => {
  const { run, notes, oracle, said } = usePlsql();

  // LNPLS "Unhandled Exceptions", "ROLLBACK Statement", "SAVEPOINT Statement": an implicit
  // savepoint precedes each INSERT, UPDATE or DELETE. A failure undoes only that statement; a
  // handler itself undoes nothing.
  describe('an exception', () => {
    it('keeps what the block did before it', async () => {
      const body = (
        handled: string,
      ) => `BEGIN ${note(`'kept'`)} INSERT INTO NOTES (TEXT) VALUES ('kept'); ${note(`'never'`)}
        EXCEPTION WHEN ${handled} THEN ${note(`'handled ' || SQLCODE`)} END;`;
      expect(await run(body('DUP_VAL_ON_INDEX'))).toEqual(['kept', 'handled -1']);
      expect(await run(body('NO_DATA_FOUND OR OTHERS'))).toEqual(['kept', 'handled -1']);
      expect(await run(body('NO_DATA_FOUND'))).toBe(said('ORA-00001: unique constraint (YJSMS.NOTES_UK) violated'));
      // The statement that fired the trigger fails as a whole.
      expect(await notes()).toEqual([]);
    });

    it('undoes the failed statement completely, and nothing more of a loop', async () => {
      const copy = `BEGIN INSERT INTO NOTES (TEXT) SELECT NAME FROM FEW; EXCEPTION WHEN OTHERS THEN ${note(`'none'`)} END;`;
      expect(await run(copy)).toEqual(['none']);
      const loop = `BEGIN FOR F IN (SELECT NAME FROM FEW ORDER BY ID) LOOP INSERT INTO NOTES (TEXT) VALUES (F.NAME); END LOOP; EXCEPTION WHEN OTHERS THEN NULL; END;`;
      expect(await run(loop)).toEqual(['one', 'two']);
    });

    it('leaves variables as they were', async () => {
      const body = `BEGIN V_N := 1; V_N := 2; SELECT ID INTO V_N FROM FEW WHERE ID = 99; EXCEPTION WHEN NO_DATA_FOUND THEN ${note('V_N')} END;`;
      expect(await run(body, 'V_N NUMBER;')).toEqual(['2']);
    });

    it('in one turn of a loop does not stop the others', async () => {
      const body = `FOR I IN 1 .. 3 LOOP BEGIN IF I = 2 THEN RAISE_APPLICATION_ERROR(-20001, 'two'); END IF; ${note('I')} EXCEPTION WHEN OTHERS THEN ${note('SQLCODE')} END; END LOOP;`;
      expect(await run(body)).toEqual(['1', '-20001', '3']);
    });

    // LNPLS "Propagation of Exceptions Raised in Declarations"
    it('in a declaration is not handled by its own block', async () => {
      const inner = `DECLARE V_SHORT VARCHAR2(2 CHAR) := 'long'; BEGIN NULL; EXCEPTION WHEN OTHERS THEN ${note(`'inner'`)} END;`;
      expect(await run(inner)).toMatch('ORA-06502');
      expect(await run(`BEGIN ${inner} EXCEPTION WHEN VALUE_ERROR THEN ${note(`'outer'`)} END;`)).toEqual(['outer']);
    });

    // LNPLS "Propagation of Exceptions Raised in Exception Handlers",
    // "Reraising Current Exception with RAISE Statement"
    it('in a handler, or passed on by RAISE, goes to the enclosing block', async () => {
      const body = (handler: string) => `BEGIN
          BEGIN SELECT ID INTO V_N FROM FEW; EXCEPTION WHEN TOO_MANY_ROWS THEN ${handler} WHEN OTHERS THEN ${note(`'wrong'`)} END;
        EXCEPTION WHEN OTHERS THEN ${note('SQLCODE')} END;`;
      expect(await run(body('RAISE;'), 'V_N NUMBER;')).toEqual(['-1422']);
      expect(await run(body('V_N := 1 / 0;'), 'V_N NUMBER;')).toEqual(['-1476']);
    });

    // LNPLS "SQLCODE Function": zero outside a handler, +100 for NO_DATA_FOUND.
    it('is in SQLCODE while it is handled', async () => {
      const body = `BEGIN SELECT ID INTO V_N FROM FEW WHERE ID = 99; EXCEPTION WHEN OTHERS THEN ${note(`'in ' || SQLCODE`)} END; ${note(`'after ' || SQLCODE`)}`;
      expect(await run(body, 'V_N NUMBER;')).toEqual(['in 100', 'after 0']);
    });

    // ERRMG ORA-01403, ORA-01422
    // LNPLS "SELECT INTO Statement": an aggregate always returns one row
    it('is raised by SELECT INTO without a row, and with more than one', async () => {
      expect(await run('SELECT ID INTO V_N FROM FEW WHERE ID = 99;', 'V_N NUMBER;')).toBe(
        said('ORA-01403: no data found'),
      );
      expect(await run('SELECT ID INTO V_N FROM FEW;', 'V_N NUMBER;')).toBe(
        said('ORA-01422: exact fetch returns more than requested number of rows'),
      );
      expect(await run(`SELECT MAX(ID) INTO V_N FROM FEW WHERE ID = 99; ${note('V_N')}`, 'V_N NUMBER := 1;')).toEqual([
        'NULL',
      ]);
    });

    // LNPLS "RAISE_APPLICATION_ERROR Procedure": -20000 .. -20999; ERRMG ORA-21000
    it('of RAISE_APPLICATION_ERROR has its number and text', async () => {
      expect(await run(`RAISE_APPLICATION_ERROR(-20999, 'no ' || :NEW.ID);`)).toBe(said('ORA-20999: no 1'));
      expect(await run(`RAISE_APPLICATION_ERROR(-19999, 'no');`)).toBe(
        said('ORA-21000: error number argument to raise_application_error of -19999 is out of range'),
      );
    });

    // ERRMG ORA-04092
    it('is raised by COMMIT and ROLLBACK in a trigger', async () => {
      expect(await run('COMMIT;')).toMatch('ORA-04092');
      expect(await run('ROLLBACK;')).toMatch('ORA-04092');
    });

    // SQLRF "SELECT: for_update_clause"; ERRMG ORA-00054, ORA-30006
    it('is raised by a row that another session has locked, and tells how it was waited for', async () => {
      const other = await oracle().connect();
      await other.execute('UPDATE FEW SET NAME = NAME WHERE ID = 2');
      const body = (
        wait: string,
      ) => `BEGIN ${note(`'before'`)} FOR F IN (SELECT ID FROM FEW ORDER BY ID FOR UPDATE ${wait}) LOOP ${note('F.ID')} END LOOP;
        EXCEPTION WHEN OTHERS THEN IF SQLCODE IN (-54, -30006) THEN ${note('SQLCODE')} ELSE RAISE; END IF; END;`;
      // A cursor locks all of its rows when it is opened: LNPLS "SELECT FOR UPDATE and FOR UPDATE
      // Cursors".
      expect(await run(body('WAIT 1'))).toEqual(['before', '-30006']);
      expect(await run(body('NOWAIT'))).toEqual(['before', '-54']);
      await other.rollback();
    });
  });

  describe('a value', () => {
    // SQLRF "Nulls": a character value with a length of zero is null; "Concatenation Operator"
    it(`of no characters is NULL`, async () => {
      const body = `IF V_S IS NULL THEN ${note(`'null'`)} END IF; IF V_S = '' THEN ${note(`'equal'`)} ELSE ${note(`'not equal'`)} END IF;
        ${note(`'length ' || LENGTH(V_S) || '.'`)} ${note(`'a' || V_S || 'b'`)} ${note(`'trim ' || NVL(TRIM('  '), '-') || NVL(SUBSTR('abc', 4), '-') || NVL(REPLACE('aa', 'a'), '-')`)}`;
      expect(await run(body, `V_S VARCHAR2(5) := '';`)).toEqual(['null', 'not equal', 'length .', 'ab', 'trim ---']);
    });

    it(`of no characters is NULL in :NEW`, async () => {
      const body = `IF :NEW.NAME IS NULL THEN :NEW.NAME := 'made'; END IF; ${note(':NEW.NAME')}`;
      expect(await run(body, '', `INSERT INTO T (ID, NAME) SELECT 1, TRIM('  ') FROM DUAL`)).toEqual(['made']);
    });

    // LNPLS "Logical Operators", "IF THEN ELSE Statement": NOT NULL is NULL, and NULL takes the
    // ELSE branch.
    it('that is NULL is neither true nor false', async () => {
      const body = `IF V_B THEN ${note(`'yes'`)} ELSIF NOT V_B THEN ${note(`'no'`)} ELSE ${note(`'neither'`)} END IF;`;
      expect(await run(body, 'V_B BOOLEAN;')).toEqual(['neither']);
    });

    // LNPLS "Declaring Variables for Multibyte Characters"; ERRMG ORA-06502
    it('may be too long for a variable in characters, or by default in bytes', async () => {
      expect(await run(`V_C := '收到'; ${note('V_C')}`, 'V_C VARCHAR2(2 CHAR);')).toEqual(['收到']);
      const tooLong = said('ORA-06502: PL/SQL: numeric or value error: character string buffer too small');
      expect(await run(`V_C := '收到了';`, 'V_C VARCHAR2(2 CHAR);')).toBe(tooLong);
      expect(await run(`V_C := '收到';`, 'V_C VARCHAR2(5);')).toBe(tooLong);
      expect(await run(`SELECT NAME INTO V_C FROM FEW WHERE ID = 1;`, 'V_C VARCHAR2(2);')).toBe(tooLong);
    });

    // ERRMG ORA-12899
    it('may be too long for a column', async () => {
      expect(await run(`INSERT INTO FEW (ID, NAME) VALUES (4, 'longer');`)).toBe(
        said('ORA-12899: value too large for column "YJSMS"."FEW"."NAME" (actual: 6, maximum: 5)'),
      );
      // :NEW has the columns of the table: a value that is too long is refused before the trigger
      // could shorten it, http://awads.net/wp/2005/08/15/triggers-and-constraints/
      expect(await run(`:NEW.NAME := 'short';`, '', `INSERT INTO T (ID, NAME) VALUES (1, 'longer')`)).toMatch(
        'ORA-12899',
      );
    });

    // LNPLS "NUMBER Data Type", "PLS_INTEGER": rounded; ERRMG ORA-06502, ORA-01722
    it("is rounded to the variable's precision, or is too large, or is no number", async () => {
      const body = `V_N := 9.996; V_I := 2.5; ${note('V_N')} ${note('V_I')} ${note('0.5')} ${note('-1.50')}`;
      expect(await run(body, 'V_N NUMBER(5, 2); V_I PLS_INTEGER;')).toEqual(['10', '3', '.5', '-1.5']);
      expect(await run('V_N := 1000;', 'V_N NUMBER(5, 2);')).toMatch('ORA-06502');
      expect(await run(`V_N := 'x1';`, 'V_N NUMBER;')).toMatch('ORA-06502');
      expect(await run(`V_N := TO_NUMBER('x1');`, 'V_N NUMBER;')).toMatch('ORA-06502');
      expect(await run(`SELECT TO_NUMBER(NAME) INTO V_N FROM FEW WHERE ID = 1;`, 'V_N NUMBER;')).toBe(
        said('ORA-01722: invalid number'),
      );
    });

    // LNPLS "Column Name Precedence"
    it('in SQL is the column where a variable has the same name', async () => {
      expect(
        await run(`SELECT COUNT(*) INTO V_N FROM FEW WHERE ID = ID; ${note('V_N')}`, 'ID NUMBER := 1; V_N NUMBER;'),
      ).toEqual(['3']);
    });
  });

  describe('a statement', () => {
    // LNPLS "FOR LOOP Statement": bounds are evaluated once; "EXIT Statement", "CONTINUE Statement"
    it('in a loop ends or continues its own loop', async () => {
      const body = `FOR I IN 1 .. V_TO LOOP V_TO := 1; CONTINUE WHEN I = 2; FOR J IN 1 .. 9 LOOP EXIT; END LOOP; ${note('I')} END LOOP;
        WHILE V_TO < 3 LOOP V_TO := V_TO + 1; END LOOP; ${note(`'while ' || V_TO`)} FOR I IN 2 .. 1 LOOP ${note(`'never'`)} END LOOP;`;
      expect(await run(body, 'V_TO NUMBER := 4;')).toEqual(['1', '3', '4', 'while 3']);
    });

    // LNPLS "Cursor FOR LOOP": the rows are those at the opening of the cursor.
    it('in a loop over rows sees the rows of the moment when it began', async () => {
      const body = `FOR F IN (SELECT ID FROM FEW WHERE ID < 3 ORDER BY ID) LOOP DELETE FROM FEW; ${note('F.ID')} END LOOP;
        SELECT COUNT(*) INTO V_N FROM FEW; ${note(`'left ' || V_N`)}`;
      expect(await run(body, 'V_N NUMBER;')).toEqual(['1', '2', 'left 0']);
    });

    // LNPLS "RETURN Statement", "Nested Subprograms": they see the declarations around them.
    it('in a procedure or function returns from it, and changes the surrounding variables', async () => {
      const declared = `V_SUM NUMBER := 0; FUNCTION TWICE (P_N IN NUMBER) RETURN NUMBER IS BEGIN IF P_N IS NULL THEN RETURN -1; END IF; RETURN P_N * 2; END TWICE;
        PROCEDURE ADD (P_N IN NUMBER) IS V_LOCAL NUMBER := P_N; BEGIN IF V_LOCAL > 5 THEN RETURN; END IF; V_SUM := V_SUM + TWICE(V_LOCAL); END ADD;`;
      expect(await run(`ADD(1); ADD(9); ADD(2); ${note('V_SUM')} ${note('TWICE(NULL)')}`, `${declared}`)).toEqual([
        '6',
        '-1',
      ]);
    });

    // ERRMG ORA-06503
    it('in a function must return a value', async () => {
      expect(await run(note('F'), 'FUNCTION F RETURN NUMBER IS BEGIN NULL; END F;')).toBe(
        said('ORA-06503: PL/SQL: Function returned without value'),
      );
    });
  });

  // SQLRF "REGEXP_REPLACE", "REGEXP_LIKE", "TRANSLATE", "LENGTH", "STANDARD_HASH",
  // "TO_CHAR (number)", "Number Format Models"
  it('computes functions of texts and hashes', async () => {
    const values = [
      `REGEXP_REPLACE('a1b22', '[0-9]+')`,
      `REGEXP_REPLACE('8613800138000', '^((\\+|00)?86)?(1[0-9]{10})$', '+86\\3')`,
      `CASE WHEN REGEXP_LIKE('ABC', '^abc$') THEN 'any case' ELSE 'case counts' END`,
      `CASE WHEN REGEXP_LIKE('a' || CHR(10) || 'b', 'a.b') THEN 'any' ELSE 'not the end of a line' END`,
      `NVL(TRANSLATE('abc', '~abc', '~'), 'nothing left')`,
      `LENGTH('👍') || ' ' || LENGTH2('👍')`,
      `TO_CHAR(255, 'FM0XXX') || TO_CHAR(255, 'XX') || TO_CHAR(256, 'XX')`,
      `LTRIM('00700', '0') || RTRIM('700', '0')`,
    ];
    expect(await run(values.map(note).join(' '))).toEqual([
      'ab',
      '+8613800138000',
      'case counts',
      'not the end of a line',
      'nothing left',
      '1 2',
      '00FF FF###',
      '7007',
    ]);
    const hash = (of: string) => `SELECT LOWER(RAWTOHEX(${of})) INTO V_NOTE FROM DUAL; ${note('V_NOTE')}`;
    expect(await run(`${hash(`STANDARD_HASH('abc')`)} ${hash(`STANDARD_HASH(HEXTORAW('616263'), 'SHA256')`)}`)).toEqual(
      ['a9993e364706816aba3e25717850c26c9cd0d89d', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    );
  });
});
