import type { Refusal } from './refusal';

const elements = (count: number): string => Array.from({ length: count }, (_, at) => at).join(', ');
const places = (count: number): string => Array.from({ length: count }, (_, at) => `:${at + 1}`).join(', ');

/** Names: unquoted ones are upper case, quoted ones unchanged; PostgreSQL's names do not exist. */
export const NAMES: readonly Refusal[] = [
  ['ORA-00942: table or view does not exist', 'SELECT ID FROM NOPE'],
  ['ORA-00942: table or view does not exist', 'SELECT ID FROM "child"'],
  ['ORA-00942: table or view does not exist', 'SELECT RELNAME FROM PG_CLASS'],
  ['ORA-00942: table or view does not exist', 'INSERT INTO "child" ("ID") VALUES (1)'],
  ['ORA-00904: "id": invalid identifier', 'SELECT "id" FROM CHILD'],
  ['ORA-00904: "NOPE": invalid identifier', 'SELECT NOPE FROM CHILD'],
  ['ORA-00904: "C"."NOPE": invalid identifier', 'SELECT C.NOPE FROM CHILD C'],
  ['ORA-00904: "CHILD', 'SELECT CHILD.ID FROM CHILD C'],
  ['ORA-00904: "X": invalid identifier', 'SELECT STATUS AS X FROM CHILD WHERE X = 1'],
  ['ORA-00904: "X": invalid identifier', 'SELECT STATUS AS X, COUNT(*) FROM CHILD GROUP BY X'],
  ['ORA-00904: "NOW": invalid identifier', 'SELECT NOW() FROM DUAL'],
  ['ORA-00904: "TRUE": invalid identifier', 'SELECT ID FROM CHILD WHERE TRUE'],
  ['ORA-00904: "NOPE": invalid identifier', 'UPDATE CHILD SET NOPE = 1'],
  ['ORA-00904: "NOPE": invalid identifier', 'INSERT INTO CHILD (NOPE) VALUES (1)'],
  ['ORA-00918: column ambiguously defined', 'SELECT ID FROM CHILD C JOIN PARENT P ON P.ID = C.PARENT_ID'],
  ['ORA-00918: column ambiguously defined', 'SELECT ID FROM (SELECT C.ID, P.ID FROM CHILD C, PARENT P) T'],
  ['ORA-25154: column part of USING clause cannot have qualifier', 'SELECT C.ID FROM CHILD C JOIN PARENT P USING (ID)'],
  ['ORA-00980: synonym translation is no longer valid', 'SELECT * FROM LOST'],
  ['ORA-02289: sequence does not exist', 'SELECT NOPE_SEQ.NEXTVAL FROM DUAL'],
  ['ORA-08002: sequence COUNTER.CURRVAL is not yet defined in this session', 'SELECT COUNTER.CURRVAL FROM DUAL'],
];

/** Syntax of other databases. */
export const SYNTAX: readonly Refusal[] = [
  ['ORA-00900', 'SHOW TABLES'],
  ['ORA-00905', 'SELECT ID FROM CHILD FETCH FIRST 1 ROWS'],
  ['ORA-00907: missing right parenthesis', 'SELECT ID FROM CHILD WHERE ID IN (SELECT ID FROM CHILD ORDER BY ID)'],
  ['ORA-00907: missing right parenthesis', 'SELECT * FROM (SELECT ID FROM CHILD FOR UPDATE)'],
  ['ORA-00911', 'SELECT ID FROM CHILD WHERE ID = ?'],
  ['ORA-00920', `SELECT ID FROM CHILD WHERE NOTE ILIKE 'a%'`],
  ['ORA-00920: invalid relational operator', 'SELECT ID FROM CHILD WHERE STATUS'],
  ['ORA-00923: FROM keyword not found where expected', 'SELECT 1'],
  ['ORA-00923: FROM keyword not found where expected', 'SELECT *, ID FROM CHILD'],
  ['ORA-00923: FROM keyword not found where expected', 'SELECT ID = 1 FROM CHILD'],
  ['ORA-00925: missing INTO keyword', 'DELETE FROM CHILD RETURNING ID'],
  ['ORA-00926: missing VALUES keyword', 'INSERT INTO CHILD DEFAULT VALUES'],
  ['ORA-00928: missing SELECT keyword', 'WITH X AS (SELECT 1 AS A FROM DUAL) DELETE FROM CHILD'],
  ['ORA-00933: SQL command not properly ended', 'SELECT ID FROM CHILD LIMIT 1'],
  ['ORA-00933: SQL command not properly ended', 'SELECT ID FROM CHILD;'],
  ['ORA-00933: SQL command not properly ended', 'SELECT C.ID FROM CHILD AS C'],
  ['ORA-00933: SQL command not properly ended', 'SELECT ID::TEXT FROM CHILD', [1]],
  ['ORA-00933: SQL command not properly ended', 'SELECT ID FROM CHILD EXCEPT SELECT ID FROM PARENT'],
  ['ORA-00933: SQL command not properly ended', 'DELETE FROM CHILD ORDER BY ID'],
  ['ORA-00933: SQL command not properly ended', 'DELETE FROM CHILD USING PARENT WHERE CHILD.PARENT_ID = PARENT.ID'],
  [
    'ORA-00933: SQL command not properly ended',
    'UPDATE CHILD SET NOTE = P.CODE FROM PARENT P WHERE P.ID = CHILD.PARENT_ID',
  ],
  ['ORA-00933: SQL command not properly ended', 'INSERT INTO CHILD (ID) VALUES (11), (12)'],
  ['ORA-00933: SQL command not properly ended', 'INSERT INTO CHILD (ID) VALUES (1) ON CONFLICT DO NOTHING'],
  ['ORA-00936: missing expression', 'SELECT FROM CHILD'],
  ['ORA-00936: missing expression', 'SELECT ID, FROM CHILD'],
  ['ORA-00936: missing expression', 'SELECT ID FROM CHILD WHERE'],
  ['ORA-00936: missing expression', 'SELECT ID FROM CHILD WHERE ID IN ()'],
  ['ORA-00911', 'SELECT ID FROM CHILD WHERE ID = ANY(ARRAY[1])'],
  ['ORA-03290', 'TRUNCATE CHILD'],
];

/** Binds. The driver itself reports missing or superfluous ones, before it calls the server. */
export const BINDS: readonly Refusal[] = [
  ['NJS-098', 'SELECT ID FROM CHILD WHERE ID = :1', []],
  ['NJS-098', 'SELECT ID FROM CHILD WHERE ID = :1', [1, 2]],
  ['NJS-097', 'SELECT ID FROM CHILD WHERE ID = :ONE', { TWO: 1 }],
  ['ORA-01745: invalid host/bind variable name', 'SELECT ID FROM CHILD WHERE ID = :SELECT', [1]],
  ['ORA-01745: invalid host/bind variable name', 'SELECT ID FROM CHILD WHERE AT > :DATE', [new Date()]],
  ['ORA-01722: invalid number', 'SELECT ID FROM CHILD WHERE ID = :1', ['x']],
  ['ORA-009', 'SELECT ID FROM :1', ['CHILD']],
  [
    'ORA-01795: maximum number of expressions in a list is 1000',
    `SELECT ID FROM CHILD WHERE ID IN (${elements(1001)})`,
  ],
  [
    'ORA-01795: maximum number of expressions in a list is 1000',
    `SELECT ID FROM CHILD WHERE ID IN (${places(1001)})`,
    Array.from({ length: 1001 }, () => 1),
  ],
];

/** Groups, set operators, and queries that may be locked. */
export const QUERIES: readonly Refusal[] = [
  ['ORA-00934: group function is not allowed here', 'SELECT ID FROM CHILD WHERE COUNT(*) > 1'],
  ['ORA-00937: not a single-group group function', 'SELECT STATUS, COUNT(*) FROM CHILD'],
  ['ORA-00979: not a GROUP BY expression', 'SELECT STATUS, ID, COUNT(*) FROM CHILD GROUP BY STATUS'],
  ['ORA-00979: not a GROUP BY expression', 'SELECT STATUS, COUNT(*) FROM CHILD GROUP BY 1'],
  [
    'ORA-01427: single-row subquery returns more than one row',
    'SELECT ID FROM CHILD WHERE ID = (SELECT ID FROM CHILD)',
  ],
  ['ORA-01476: divisor is equal to zero', 'SELECT 1 / 0 FROM DUAL'],
  ['ORA-01722: invalid number', `SELECT TO_NUMBER('x') FROM DUAL`],
  ['ORA-01722: invalid number', `SELECT ID FROM CHILD WHERE ID = 'x'`],
  [
    'ORA-01789: query block has incorrect number of result columns',
    'SELECT ID, STATUS FROM CHILD UNION ALL SELECT ID FROM PARENT',
  ],
  [
    'ORA-01790: expression must have same datatype as corresponding expression',
    'SELECT ID FROM CHILD UNION ALL SELECT CODE FROM PARENT',
  ],
  ['ORA-01791: not a SELECTed expression', 'SELECT DISTINCT STATUS FROM CHILD ORDER BY ID'],
  ['ORA-00947: not enough values', 'SELECT ID FROM CHILD WHERE (ID, STATUS) IN (SELECT ID FROM PARENT)'],
  ['ORA-00913: too many values', 'SELECT ID FROM CHILD WHERE ID IN (SELECT ID, CODE FROM PARENT)'],
  ['ORA-00909: invalid number of arguments', 'SELECT NVL(1, 2, 3) FROM DUAL'],
  ['ORA-00909: invalid number of arguments', 'SELECT LENGTH(STATUS, 1) FROM CHILD'],
  ['ORA-00932: inconsistent datatypes', 'SELECT ID FROM CHILD WHERE AT > 1'],
  [
    'ORA-01424: missing or illegal character following the escape character',
    String.raw`SELECT ID FROM CHILD WHERE 'ab' LIKE 'a\' ESCAPE '\'`,
  ],
  ['ORA-01428: argument', 'SELECT SQRT(-1) FROM DUAL'],
  ['ORA-018', `SELECT TO_DATE('2026-13-01', 'YYYY-MM-DD') FROM DUAL`],
  ['ORA-018', `SELECT TO_DATE('2026-02-30', 'YYYY-MM-DD') FROM DUAL`],
  ['ORA-018', `SELECT TO_DATE('2026-0x-01', 'YYYY-MM-DD') FROM DUAL`],
  ['ORA-018', `SELECT TO_DATE('20260101', 'YYYY-MM-DD HH24') FROM DUAL`],
  ['ORA-018', `SELECT TO_DATE('24', 'HH24') FROM DUAL`],
  ['ORA-01841', `SELECT TIMESTAMP '9999-12-31 12:00:00' + NUMTODSINTERVAL(12, 'HOUR') FROM DUAL`],
  [
    'ORA-01873: the leading precision of the interval is too small',
    `SELECT SYSTIMESTAMP - INTERVAL '100' DAY FROM DUAL`,
  ],
  [
    'ORA-30483: window functions are not allowed here',
    'SELECT ID FROM CHILD WHERE ROW_NUMBER() OVER (ORDER BY ID) = 1',
  ],
  ['ORA-02287: sequence number not allowed here', 'SELECT DISTINCT COUNTER.NEXTVAL FROM CHILD'],
  ['ORA-02287: sequence number not allowed here', 'SELECT ID FROM CHILD WHERE ID = COUNTER.NEXTVAL'],
  ['ORA-02287: sequence number not allowed here', 'SELECT COUNTER.NEXTVAL FROM CHILD ORDER BY ID'],
  [
    'ORA-02014: cannot select FOR UPDATE from view with DISTINCT, GROUP BY, etc.',
    'SELECT ID FROM CHILD FETCH FIRST 1 ROWS ONLY FOR UPDATE',
  ],
  [
    'ORA-02014: cannot select FOR UPDATE from view with DISTINCT, GROUP BY, etc.',
    'SELECT * FROM (SELECT ID FROM CHILD ORDER BY ID) WHERE ROWNUM <= 1 FOR UPDATE SKIP LOCKED',
  ],
  [
    'ORA-02014: cannot select FOR UPDATE from view with DISTINCT, GROUP BY, etc.',
    'SELECT * FROM PER_STATUS FOR UPDATE',
  ],
  ['ORA-01786: FOR UPDATE of this query expression is not allowed', 'SELECT DISTINCT STATUS FROM CHILD FOR UPDATE'],
  [
    'ORA-01786: FOR UPDATE of this query expression is not allowed',
    'SELECT STATUS FROM CHILD GROUP BY STATUS FOR UPDATE',
  ],
  [
    'ORA-01786: FOR UPDATE of this query expression is not allowed',
    'SELECT ID FROM CHILD UNION ALL SELECT ID FROM PARENT FOR UPDATE',
  ],
  ['ORA-00933: SQL command not properly ended', 'SELECT ID FROM CHILD FOR UPDATE FETCH FIRST 1 ROWS ONLY'],
];
