import type { Refusal } from './refusal';

const LONG = 'x'.repeat(4001);

/** Refused values, and violated constraints. */
export const VALUES: readonly Refusal[] = [
  ['ORA-00001: unique constraint (YJSMS.CHILD_PK) violated', 'INSERT INTO CHILD (ID) VALUES (1)'],
  ['ORA-00001: unique constraint (YJSMS.PARENT_CODE_UK) violated', `INSERT INTO PARENT (ID, CODE) VALUES (2, 'one')`],
  ['ORA-00001: unique constraint (YJSMS.CHILD_PK) violated', 'UPDATE CHILD SET ID = 1 WHERE ID = 2'],
  ['ORA-01400: cannot insert NULL into ("YJSMS"."CHILD"."ID")', 'INSERT INTO CHILD (ID) VALUES (NULL)'],
  ['ORA-01400: cannot insert NULL into ("YJSMS"."CHILD"."ID")', `INSERT INTO CHILD (NOTE) VALUES ('no key')`],
  [
    'ORA-01400: cannot insert NULL into ("YJSMS"."CHILD"."STATUS")',
    'INSERT INTO CHILD (ID, STATUS) VALUES (:1, :2)',
    [10, ''],
  ],
  [
    'ORA-01400: cannot insert NULL into ("YJSMS"."CHILD"."STATUS")',
    `INSERT INTO CHILD (ID, STATUS) VALUES (10, TRIM('  '))`,
  ],
  ['ORA-01407: cannot update ("YJSMS"."CHILD"."STATUS") to NULL', 'UPDATE CHILD SET STATUS = NULL WHERE ID = 1'],
  ['ORA-01407: cannot update ("YJSMS"."CHILD"."STATUS") to NULL', 'UPDATE CHILD SET STATUS = :1 WHERE ID = 1', ['']],
  [
    'ORA-01438: value larger than specified precision allowed for this column',
    'UPDATE CHILD SET AMOUNT = 1000 WHERE ID = 1',
  ],
  [
    'ORA-01438: value larger than specified precision allowed for this column',
    'INSERT INTO CHILD (ID) VALUES (:1)',
    [1e9],
  ],
  ['ORA-01704: string literal too long', `UPDATE CHILD SET NOTE = '${LONG}' WHERE ID = 1`],
  ['ORA-01722: invalid number', 'INSERT INTO CHILD (ID) VALUES (:1)', ['x']],
  [
    'ORA-01461: can bind a LONG value only for insert into a LONG column',
    'UPDATE CHILD SET NOTE = :1 WHERE ID = 1',
    [LONG],
  ],
  ['ORA-018', 'UPDATE CHILD SET AT = :1 WHERE ID = 1', ['2026-01-01 00:00:00']],
  ['ORA-018', 'UPDATE CHILD SET DAY_OF = :1 WHERE ID = 1', ['2026-01-01']],
  ['ORA-00932: inconsistent datatypes', 'UPDATE CHILD SET AT = 1 WHERE ID = 1'],
  ['ORA-02290: check constraint (YJSMS.CHILD_STATUS_CK) violated', `UPDATE CHILD SET STATUS = 'ODD' WHERE ID = 1`],
  [
    'ORA-02291: integrity constraint (YJSMS.CHILD_PARENT_FK) violated - parent key not found',
    'INSERT INTO CHILD (ID, PARENT_ID) VALUES (4, 9)',
  ],
  [
    'ORA-02292: integrity constraint (YJSMS.CHILD_PARENT_FK) violated - child record found',
    'DELETE FROM PARENT WHERE ID = 1',
  ],
  [
    'ORA-12899: value too large for column "YJSMS"."CHILD"."STATUS" (actual: 5, maximum: 4)',
    `UPDATE CHILD SET STATUS = 'NEWER' WHERE ID = 1`,
  ],
  [
    'ORA-12899: value too large for column "YJSMS"."CHILD"."STATUS" (actual: 5, maximum: 4)',
    'UPDATE CHILD SET STATUS = :1 WHERE ID = 1',
    ['停电通知吗'],
  ],
  [
    'ORA-12899: value too large for column "YJSMS"."PARENT"."CODE" (actual: 12, maximum: 8)',
    `INSERT INTO PARENT (ID, CODE) VALUES (3, '停电通知')`,
  ],
  [
    'ORA-12899: value too large for column "YJSMS"."PARENT"."CODE" (actual: 12, maximum: 8)',
    'INSERT INTO PARENT (ID, CODE) VALUES (3, :1)',
    ['😀😀😀'],
  ],
  ['ORA-01402: view WITH CHECK OPTION where-clause violation', `UPDATE FRESH SET STATUS = 'DONE' WHERE ID = 1`],
];

/** Changes that Oracle refuses for any values. */
export const CHANGES: readonly Refusal[] = [
  ['ORA-00913: too many values', 'INSERT INTO CHILD (ID) VALUES (11, 12)'],
  ['ORA-00947: not enough values', 'INSERT INTO CHILD (ID, NOTE) VALUES (11)'],
  ['ORA-00947: not enough values', 'INSERT INTO CHILD (ID, NOTE) SELECT ID FROM PARENT'],
  ['ORA-00913: too many values', 'INSERT INTO CHILD (ID) SELECT ID, CODE FROM PARENT'],
  ['ORA-00957: duplicate column name', 'INSERT INTO CHILD (ID, ID) VALUES (11, 12)'],
  ['ORA-00957: duplicate column name', 'UPDATE CHILD SET AMOUNT = 1, AMOUNT = 2'],
  ['ORA-00984: column not allowed here', 'INSERT INTO CHILD (ID, NOTE) VALUES (11, STATUS)'],
  ['ORA-00984: column not allowed here', 'INSERT INTO CHILD (ID, NOTE) VALUES (11, "text")'],
  ['ORA-01732: data manipulation operation not legal on this view', `UPDATE PER_STATUS SET STATUS = 'NEW'`],
  ['ORA-01767: UPDATE ... SET expression must be a subquery', `UPDATE CHILD SET (STATUS, AMOUNT) = ('NEW', 1)`],
  ['ORA-02287: sequence number not allowed here', 'UPDATE CHILD SET AMOUNT = 1 WHERE ID = COUNTER.NEXTVAL'],
  [
    'ORA-30926: unable to get a stable set of rows in the source tables',
    `MERGE INTO CHILD T USING (SELECT 1 AS ID, 'a' AS NOTE FROM DUAL UNION ALL SELECT 1, 'b' FROM DUAL) S ON (T.ID = S.ID)
       WHEN MATCHED THEN UPDATE SET T.NOTE = S.NOTE`,
  ],
  [
    'ORA-38104: Columns referenced in the ON Clause cannot be updated: "T"."STATUS"',
    `MERGE INTO CHILD T USING (SELECT 1 AS ID FROM DUAL) S ON (T.ID = S.ID AND T.STATUS = 'NEW')
       WHEN MATCHED THEN UPDATE SET T.STATUS = 'DONE'`,
  ],
  [
    'ORA-38104: Columns referenced in the ON Clause cannot be updated',
    `MERGE INTO CHILD T USING (SELECT 1 AS KEY_OF FROM DUAL) S ON (ID = KEY_OF) WHEN MATCHED THEN UPDATE SET ID = 2`,
  ],
  ['ORA-00969: missing ON keyword', `MERGE INTO CHILD T USING DUAL WHEN MATCHED THEN UPDATE SET T.NOTE = 'x'`],
  ['ORA-01086', 'ROLLBACK TO SAVEPOINT NOWHERE'],
  ['ORA-02248: invalid option for ALTER SESSION', 'ALTER SESSION SET NONSENSE = 1'],
  ['ORA-01435: user does not exist', 'ALTER SESSION SET CURRENT_SCHEMA = NOBODY'],
  ["ORA-01924: role 'NOPE' not granted or does not exist", 'SET ROLE NOPE'],
];
