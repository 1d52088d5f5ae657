import { requireCompiled } from '../oracle/check-code';

/**
 * The relations that business accounts use in place of the tables, as in objects.ts. Rights depend
 * on SESSION_USER, the account that logged in: code that runs with the rights of its owner does not
 * change it.
 */
const SESSION_USER = `SYS_CONTEXT('USERENV', 'SESSION_USER')`;

const REFUSALS = {
  unknownAccount: -20001,
  disabledAccount: -20002,
  noApplication: -20003,
  messageIdInvalid: -20004,
} as const;

/**
 * Completes the rows of the table interface. LOGIN_USER is read once a statement, at its first row.
 * Rows of the platform's services set SOURCE and cost nothing. The trigger never reads SM_SEND_T,
 * so INSERT … SELECT meets no mutating table.
 * Types are written out, because LOGIN_USER.…%TYPE may mean the function of that name in
 * DBMS_STANDARD (PLS-00225). TRANSLATE replaces a regular expression, because ranges of letters
 * would follow the session's NLS_SORT.
 */
export const FILL_IN = `CREATE OR REPLACE TRIGGER SM_SEND_T_FILL_IN
  FOR INSERT ON SM_SEND_T
  WHEN (NEW.SOURCE IS NULL)
COMPOUND TRIGGER
  V_KNOWN BOOLEAN := FALSE;
  V_APP_ID VARCHAR2(32 CHAR);
  V_NOW TIMESTAMP(3);
  V_MS NUMBER;
  V_RANDOM VARCHAR2(40);

  PROCEDURE LOOK_UP IS
    V_ENABLED NUMBER(1);
  BEGIN
    SELECT APP_ID, ENABLED INTO V_APP_ID, V_ENABLED FROM LOGIN_USER WHERE USERNAME = ${SESSION_USER};
    IF V_ENABLED <> 1 THEN
      RAISE_APPLICATION_ERROR(${REFUSALS.disabledAccount}, 'the account "' || ${SESSION_USER} || '" is disabled in LOGIN_USER: ask an administrator of the SMS platform why');
    ELSIF V_APP_ID IS NULL THEN
      RAISE_APPLICATION_ERROR(${REFUSALS.noApplication}, 'the account "' || ${SESSION_USER} || '" has no application code in LOGIN_USER, so it cannot send');
    END IF;
    V_KNOWN := TRUE;
  EXCEPTION
    WHEN NO_DATA_FOUND THEN
      RAISE_APPLICATION_ERROR(${REFUSALS.unknownAccount}, 'the database account "' || ${SESSION_USER} || '" is not registered in LOGIN_USER: an administrator registers it');
  END LOOK_UP;

  BEFORE EACH ROW IS
  BEGIN
    IF NOT V_KNOWN THEN
      LOOK_UP;
    END IF;
    V_NOW := SYS_EXTRACT_UTC(SYSTIMESTAMP);
    IF :NEW.MESSAGE_ID IS NULL THEN
      V_MS := (TO_NUMBER(TO_CHAR(V_NOW, 'J')) - 2440588) * 86400000 + TO_NUMBER(TO_CHAR(V_NOW, 'SSSSS')) * 1000 + TO_NUMBER(TO_CHAR(V_NOW, 'FF3'));
      SELECT LOWER(RAWTOHEX(STANDARD_HASH(SYS_GUID(), 'SHA1'))) INTO V_RANDOM FROM DUAL;
      V_RANDOM := LOWER(TO_CHAR(V_MS, 'FM0XXXXXXXXXXX')) || '7' || SUBSTR(V_RANDOM, 1, 3) || TRANSLATE(SUBSTR(V_RANDOM, 4, 1), '0123456789abcdef', '89ab89ab89ab89ab') || SUBSTR(V_RANDOM, 5, 15);
      :NEW.MESSAGE_ID := SUBSTR(V_RANDOM, 1, 8) || '-' || SUBSTR(V_RANDOM, 9, 4) || '-' || SUBSTR(V_RANDOM, 13, 4) || '-' || SUBSTR(V_RANDOM, 17, 4) || '-' || SUBSTR(V_RANDOM, 21, 12);
    ELSIF TRANSLATE(:NEW.MESSAGE_ID, '~ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-', '~') IS NOT NULL THEN
      RAISE_APPLICATION_ERROR(${REFUSALS.messageIdInvalid}, 'MESSAGE_ID must be 1 to 64 characters out of A-Z a-z 0-9 . _ : -; leave it out and the database makes one');
    END IF;
    :NEW.APP_ID := V_APP_ID;
    :NEW.CREATED_AT := V_NOW;
    :NEW.STATUS := 'NEW';
    :NEW.SOURCE := 'table';
    :NEW.PRIORITY := NVL(:NEW.PRIORITY, 1);
    :NEW.NEED_REPORT := NVL(:NEW.NEED_REPORT, 1);
    :NEW.REASON := NULL;
    :NEW.HANDED_AT := NULL;
    :NEW.SUBMITTED_AT := NULL;
    :NEW.FINAL_AT := NULL;
    :NEW.GATEWAY_MSG_ID := NULL;
    :NEW.GATEWAY_CODE := NULL;
    :NEW.PART_COUNT := 1;
    :NEW.PARTS_DONE := 0;
  END BEFORE EACH ROW;
END SM_SEND_T_FILL_IN;`;

export const SENT_COLUMNS =
  'MESSAGE_ID, APP_ID, EXT_CODE, DEST_ADDR, CONTENT, PRIORITY, NEED_REPORT, CONTEXT, STATUS, REASON, SCHEDULED_AT, EXPIRES_AT, CREATED_AT, ' +
  'HANDED_AT, SUBMITTED_AT, FINAL_AT, GATEWAY_MSG_ID, GATEWAY_CODE, PART_COUNT, PARTS_DONE, SOURCE';

export const RECEIVED_COLUMNS =
  'RECEIVED_ID, SRC_ADDR, DEST_ADDR, EXT_CODE, APP_ID, CONTENT, RECEIVED_AT, RECORDED_AT, OFFERED_AT, PROCESSED_AT, PROCESSED_BY, ATTEMPT';

const ACCOUNT = `LOGIN_USER A WHERE A.USERNAME = ${SESSION_USER} AND A.ENABLED = 1`;

export const OWN = `APP_ID = (SELECT A.APP_ID FROM ${ACCOUNT} AND A.ROLE = 'application')`;

const ALL = `EXISTS (SELECT 1 FROM ${ACCOUNT} AND A.ROLE IN ('customer-service', 'administrator'))`;

/**
 * Returns a view of live table and history. One statement reads both as of one moment, so a row
 * that is being moved is seen once. Pure.
 */
export const view = (
  name: string,
  day: string,
  history: string,
  columns: string,
  ofDay: string,
  ofHistory: string,
): string =>
  `CREATE OR REPLACE VIEW ${name} AS
${[OWN, ALL]
  .flatMap((who) => [
    `SELECT ${columns}, ${ofDay} FROM ${day} WHERE ${who}`,
    `SELECT ${columns}, ${ofHistory} FROM ${history} WHERE ${who}`,
  ])
  .join('\nUNION ALL\n')}`;

const NO_TIME = 'CAST(NULL AS TIMESTAMP(3)) AS ARCHIVED_AT';

export const RECEIVED_VIEW = view(
  'V_RECEIVE_T',
  'SM_RECEIVE_T',
  'SM_RECEIVE_T_LOG',
  RECEIVED_COLUMNS,
  `${NO_TIME}, CAST(NULL AS VARCHAR2(12 CHAR)) AS OUTCOME`,
  'ARCHIVED_AT, OUTCOME',
);

const VIEWS = [
  view('V_SEND_T_LOG', 'SM_SEND_T', 'SM_SEND_T_LOG', SENT_COLUMNS, NO_TIME, 'ARCHIVED_AT'),
  RECEIVED_VIEW,
  // LOGIN_USER without the hashes of the keys: Oracle grants SELECT only on whole relations.
  `CREATE OR REPLACE VIEW V_LOGIN_USER AS
SELECT USERNAME, APP_ID, EXT_CODE, ROLE, ENABLED, CREATED_AT, KEY_ROTATED_AT FROM LOGIN_USER`,
];

export const createObjectsOnOracle = [FILL_IN, requireCompiled('SM_SEND_T_FILL_IN'), ...VIEWS];

export const dropObjectsOnOracle = [
  'DROP VIEW V_LOGIN_USER',
  'DROP VIEW V_RECEIVE_T',
  'DROP VIEW V_SEND_T_LOG',
  'DROP TRIGGER SM_SEND_T_FILL_IN',
];
