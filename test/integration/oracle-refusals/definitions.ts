import type { Refusal } from './refusal';

/** What an owner may not make, change or drop so. */
export const DEFINITIONS: readonly Refusal[] = [
  ['ORA-00955: name is already used by an existing object', 'CREATE TABLE CHILD (A NUMBER)'],
  ['ORA-00955: name is already used by an existing object', 'CREATE TABLE COUNTER (A NUMBER)'],
  ['ORA-00955: name is already used by an existing object', 'CREATE TABLE PER_STATUS (A NUMBER)'],
  ['ORA-00955: name is already used by an existing object', 'CREATE SEQUENCE CHILD'],
  ['ORA-00955: name is already used by an existing object', 'CREATE SYNONYM CHILD FOR PARENT'],
  ['ORA-00955: name is already used by an existing object', 'CREATE INDEX CHILD_STATUS ON CHILD (NOTE)'],
  ['ORA-00957: duplicate column name', 'CREATE TABLE T (A NUMBER, A NUMBER)'],
  ['ORA-00902: invalid datatype', 'CREATE TABLE T (A TEXT)'],
  ['ORA-00902: invalid datatype', 'CREATE TABLE T (A BOOLEAN)'],
  ['ORA-00903: invalid table name', 'CREATE TABLE ORDER (A NUMBER)'],
  ['ORA-00904', 'CREATE TABLE T (NUMBER NUMBER)'],
  ['ORA-00906: missing left parenthesis', 'CREATE TABLE T (A VARCHAR2)'],
  ['ORA-00910: specified length too long for its datatype', 'CREATE TABLE T (A VARCHAR2(4001))'],
  ["ORA-00959: tablespace 'NOWHERE' does not exist", 'CREATE TABLE T (A NUMBER) TABLESPACE NOWHERE'],
  ['ORA-00972: identifier is too long', `CREATE TABLE ${'T'.repeat(129)} (A NUMBER)`],
  ['ORA-01727: numeric precision specifier is out of range (1 to 38)', 'CREATE TABLE T (A NUMBER(39))'],
  ['ORA-02260: table can have only one primary key', 'CREATE TABLE T (A NUMBER PRIMARY KEY, B NUMBER PRIMARY KEY)'],
  [
    'ORA-02264: name already used by an existing constraint',
    'CREATE TABLE T (A NUMBER CONSTRAINT CHILD_STATUS_CK CHECK (A > 0))',
  ],
  [
    'ORA-02270: no matching unique or primary key for this column-list',
    'ALTER TABLE PARENT ADD CONSTRAINT P_FK FOREIGN KEY (ID) REFERENCES CHILD (PARENT_ID)',
  ],
  [
    'ORA-02436: date or system variable wrongly specified in CHECK constraint',
    'CREATE TABLE T (A DATE CHECK (A > SYSDATE))',
  ],
  ['ORA-00984: column not allowed here', 'CREATE TABLE T (A NUMBER, B NUMBER DEFAULT A)'],
  ['ORA-01408: such column list already indexed', 'CREATE INDEX CHILD_STATUS_2 ON CHILD (STATUS)'],
  ['ORA-01408: such column list already indexed', 'CREATE UNIQUE INDEX CHILD_ID ON CHILD (ID)'],
  ['ORA-01450: maximum key length (6398) exceeded', 'CREATE INDEX CHILD_WIDE ON CHILD (NOTE, WIDE)'],
  [
    'ORA-01452: cannot CREATE UNIQUE INDEX; duplicate keys found',
    'CREATE UNIQUE INDEX CHILD_PARENT ON CHILD (PARENT_ID)',
  ],
  ['ORA-02327', 'CREATE INDEX CHILD_BODY ON CHILD (BODY)'],
  [
    'ORA-01743: only pure functions can be indexed',
    'CREATE INDEX CHILD_AGE ON CHILD (CASE WHEN AT < SYSTIMESTAMP THEN ID END)',
  ],
  ['ORA-00942: table or view does not exist', 'CREATE INDEX T_A ON T (A)'],
  ['ORA-00904: "NOPE": invalid identifier', 'CREATE INDEX CHILD_NOPE ON CHILD (NOPE)'],
  ['ORA-00942: table or view does not exist', 'CREATE VIEW V AS SELECT ID FROM NOPE'],
  ['ORA-00998: must name this expression with a column alias', 'CREATE VIEW V AS SELECT COUNT(*) FROM CHILD'],
  ['ORA-01430: column being added already exists in table', 'ALTER TABLE CHILD ADD (NOTE NUMBER)'],
  ['ORA-01758: table must be empty to add mandatory (NOT NULL) column', 'ALTER TABLE CHILD ADD (MUST NUMBER NOT NULL)'],
  ['ORA-01442: column to be modified to NOT NULL is already NOT NULL', 'ALTER TABLE CHILD MODIFY (STATUS NOT NULL)'],
  [
    'ORA-01441: cannot decrease column length because some value is too big',
    'ALTER TABLE CHILD MODIFY (STATUS VARCHAR2(2 CHAR))',
  ],
  ['ORA-01439: column to be modified must be empty to change datatype', 'ALTER TABLE CHILD MODIFY (STATUS NUMBER)'],
  ['ORA-02296: cannot enable (YJSMS.) - null values found', 'ALTER TABLE CHILD MODIFY (NOTE NOT NULL)'],
  [
    'ORA-02293: cannot validate (YJSMS.CHILD_CK2) - check constraint violated',
    'ALTER TABLE CHILD ADD CONSTRAINT CHILD_CK2 CHECK (ID > 1)',
  ],
  [
    'ORA-02298: cannot validate (YJSMS.CHILD_FK2) - parent keys not found',
    'ALTER TABLE CHILD ADD CONSTRAINT CHILD_FK2 FOREIGN KEY (ID) REFERENCES PARENT (ID)',
  ],
  [
    'ORA-02299: cannot validate (YJSMS.CHILD_UK2) - duplicate keys found',
    'ALTER TABLE CHILD ADD CONSTRAINT CHILD_UK2 UNIQUE (PARENT_ID)',
  ],
  ['ORA-02443: Cannot drop constraint - nonexistent constraint', 'ALTER TABLE CHILD DROP CONSTRAINT NOPE'],
  ['ORA-00904: "NOPE": invalid identifier', 'ALTER TABLE CHILD DROP COLUMN NOPE'],
  [
    'ORA-02273: this unique/primary key is referenced by some foreign keys',
    'ALTER TABLE PARENT DROP CONSTRAINT PARENT_PK',
  ],
  ['ORA-02429: cannot drop index used for enforcement of unique/primary key', 'DROP INDEX CHILD_PK'],
  ['ORA-02449: unique/primary keys in table referenced by foreign keys', 'DROP TABLE PARENT'],
  ['ORA-02266: unique/primary keys in table referenced by enabled foreign keys', 'TRUNCATE TABLE PARENT'],
  ['ORA-00942: table or view does not exist', 'DROP TABLE NOPE'],
  ['ORA-00942: table or view does not exist', 'DROP TABLE PER_STATUS'],
  ['ORA-01418: specified index does not exist', 'DROP INDEX NOPE'],
  ['ORA-01434: private synonym to be dropped does not exist', 'DROP SYNONYM NOPE'],
  ['ORA-02289: sequence does not exist', 'DROP SEQUENCE NOPE'],
  ["ORA-04080: trigger 'NOPE' does not exist", 'DROP TRIGGER NOPE'],
];

/** What an owner may not do, and a DBA need not do. */
export const RIGHTS: readonly Refusal[] = [
  ['ORA-01031: insufficient privileges', 'CREATE USER SOMEBODY IDENTIFIED BY "x"'],
  ['ORA-01031: insufficient privileges', 'DROP USER DBADMIN CASCADE'],
  ['ORA-01031: insufficient privileges', 'CREATE TABLE DBADMIN.T (A NUMBER)'],
  ['ORA-00942: table or view does not exist', 'SELECT * FROM DBA_USERS'],
  ["ORA-01917: user or role 'NOBODY' does not exist", 'GRANT SELECT ON CHILD TO NOBODY'],
  ['ORA-00942: table or view does not exist', 'GRANT SELECT ON NOPE TO DBADMIN'],
  ['ORA-01749: you may not GRANT/REVOKE privileges to/from yourself', 'GRANT SELECT ON CHILD TO YJSMS'],
  ['ORA-01927: cannot REVOKE privileges you did not grant', 'REVOKE SELECT ON CHILD FROM DBADMIN'],
];
