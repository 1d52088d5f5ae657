import { BridgeError } from '../../shared/errors';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { presentColumns } from '../../shared/exchange/send-columns';
import { toCallingCode } from '../../shared/sms/calling-code';
import { MSG_ID_ALPHABET, MSG_ID_LENGTH, SHORTEST_CUT_ID } from '../../shared/sms/msg-id';
import type { Country } from '../../shared/sms/normalise-msisdn';
import { IS_PLAIN } from './is-plain';
import { ANSWERS, NOW } from './kept-tables';
import { moveTrigger } from './move-trigger';
import { columnOf, toUtcFunction, usableTime } from './province-clock';

/** The same expression as in the indexes. */
const GATEWAY_KEY = `LTRIM(UPPER(GATEWAY_MSG_ID), '0')`;

/**
 * A gateway's id identifies a message of the last three days, the collector's default: gateways
 * reuse their ids.
 */
const WINDOW = `INTERVAL '3' DAY`;

/**
 * Matches patterns that mean the same in Oracle and JavaScript: without character classes or
 * assertions that only one of them has.
 */
const PORTABLE = /^(?:[\w :;,./#=<>@!~%-]|[\^$|.*+?()[\]{}]|\\[.^$|*+?()[\]{}])+$/;

/**
 * Returns the pattern as Oracle understands it, or undefined when it cannot be translated. Ranges
 * of letters would follow the session's NLS_SORT, so their letters are written out. In brackets
 * Oracle takes a backslash literally, and also a ] in first place, so such patterns are not
 * translated. Pure.
 */
const toOraclePattern = (pattern: string): string | undefined => {
  let portable = PORTABLE.test(pattern) && !/\(\?|[*+?}]\?/.test(pattern);
  const text = pattern.replace(/\\.|\[(\^?)([^\]]*)\]/g, (whole, not: string, inside: string | undefined) => {
    if (inside === undefined) return whole;
    if (inside === '' || /[\\[]/.test(inside)) portable = false;
    const spelt = inside.replace(/(\w)-(\w)/g, (range, firstLetter: string, lastLetter: string) => {
      if (/^\d-\d$/.test(range)) return range;
      if (!/^([A-Z]-[A-Z]|[a-z]-[a-z])$/.test(range)) portable = false;
      const first = firstLetter.charCodeAt(0);
      return String.fromCharCode(
        ...Array.from({ length: lastLetter.charCodeAt(0) - first + 1 }, (_, index) => first + index),
      );
    });
    return `[${not}${spelt}]`;
  });
  return portable ? text : undefined;
};

/**
 * Returns a case-sensitive `REGEXP_LIKE` for a code, independent of the session's NLS settings.
 * @throws BridgeError EXCHANGE_FILE_INVALID
 */
const like = (value: string, pattern: string, key: string): string => {
  const text = toOraclePattern(pattern);
  if (text === undefined) {
    throw new BridgeError(
      'EXCHANGE_FILE_INVALID',
      `${key}: answers cannot be settled in the database with "${pattern}", which Oracle's regular expressions do not have: write it with ( ) | [ ] * + ? ^ $ only, and in [ ] letters, digits and ranges such as A-Z`,
    );
  }
  return `REGEXP_LIKE(${value}, '${text}', 'c')`;
};

/**
 * A status only moves forward, as in `nextStatus` of
 * services/report-collector/core/message-state.ts; a test compares the two.
 */
const NEXT_STATUS = `  FUNCTION RANK_OF (P_STATUS IN VARCHAR2) RETURN PLS_INTEGER IS
  BEGIN
    RETURN CASE P_STATUS WHEN 'NEW' THEN 0 WHEN 'QUEUED' THEN 1 WHEN 'SCHEDULED' THEN 2 WHEN 'HANDED' THEN 3 WHEN 'SUBMITTED' THEN 4 WHEN 'UNKNOWN' THEN 5 WHEN 'SUBMIT_FAILED' THEN 6 ELSE 7 END;
  END RANK_OF;

  FUNCTION NEXT_STATUS (P_NOW IN VARCHAR2, P_SAID IN VARCHAR2) RETURN VARCHAR2 IS
  BEGIN
    IF RANK_OF(P_SAID) <= RANK_OF(P_NOW) OR (P_SAID = 'SUBMIT_FAILED' AND RANK_OF(P_NOW) >= 4) THEN
      RETURN P_NOW;
    ELSIF P_NOW = 'UNKNOWN' AND P_SAID NOT IN ('DELIVERED', 'EXPIRED') THEN
      RETURN 'UNDELIVERED';
    END IF;
    RETURN P_SAID;
  END NEXT_STATUS;
`;

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/**
 * `toGatewayKey` of services/report-collector/core/gateway-key.ts for a plain id. NULL for an id
 * that is meaningless, or too long to be stored.
 */
const KEY_OF = `  FUNCTION KEY_OF (P_ID IN VARCHAR2) RETURN VARCHAR2 IS
    V_ID VARCHAR2(4000) := UPPER(TRIM(P_ID));
    V_LETTERS VARCHAR2(4000) := REGEXP_REPLACE(V_ID, '[^${LETTERS}]', '');
    V_WORD VARCHAR2(4000) := REGEXP_REPLACE(V_ID, '^[^${LETTERS}]+|[^${LETTERS}]+$', '');
  BEGIN
    IF LENGTH(V_ID) > 64 OR LTRIM(V_LETTERS, '0') IS NULL OR (V_ID LIKE '0X%' AND LTRIM(SUBSTR(V_LETTERS, 3), '0') IS NULL)
       OR V_WORD IN ('NULL', 'NONE', 'NIL', 'NAN', 'N/A', 'NA', 'UNDEFINED', 'UNKNOWN') OR REGEXP_LIKE(V_ID, '^-0*1$') THEN
      RETURN NULL;
    END IF;
    RETURN LTRIM(V_ID, '0');
  END KEY_OF;
`;

/**
 * Tells whether a MSG_ID may be one of the platform's that a narrow column truncated (see
 * shared/sms/msg-id.ts). Only the collector looks for the complete one.
 */
const IS_CUT = `  FUNCTION IS_CUT (P_ID IN VARCHAR2) RETURN BOOLEAN IS
  BEGIN
    RETURN LENGTH(TRIM(P_ID)) BETWEEN ${SHORTEST_CUT_ID} AND ${MSG_ID_LENGTH - 1} AND REGEXP_LIKE(UPPER(TRIM(P_ID)), '^[${MSG_ID_ALPHABET}]+$');
  END IS_CUT;
`;

/** Stores another gateway id of a message, so that reports under it find the message as well. */
const OTHER_ID = `  PROCEDURE LEARN_ID (P_ID IN VARCHAR2, P_GATEWAY IN VARCHAR2, P_CODE IN VARCHAR2, P_DEST IN VARCHAR2) IS
    V_OTHER VARCHAR2(64 CHAR) := KEY_OF(P_GATEWAY); /* a local function may not be used in SQL (PLS-00231) */
  BEGIN
    INSERT INTO SM_SEND_PART (MSG_ID, GATEWAY_KEY, GATEWAY_MSG_ID, PART_NO, STATUS, GATEWAY_CODE, CREATED_AT, DEST_ADDR)
    SELECT P_ID, V_OTHER, P_GATEWAY, 0, 'SUBMITTED', P_CODE, ${NOW}, P_DEST FROM DUAL
     WHERE NOT EXISTS (SELECT 1 FROM SM_SEND_PART P WHERE P.MSG_ID = P_ID AND P.GATEWAY_KEY = V_OTHER);
  END LEARN_ID;
`;

/**
 * Returns the statements that settle an answer in the day table or in the history. The message is
 * found by its MSG_ID as written, or in upper case. A locked row is waited for 2 s, once a
 * statement, so that the province's session never hangs on the platform's locks. Ids, code and
 * reason follow `applyAnswer` of services/report-collector/core/message-state.ts.
 */
const settleIn = (
  table: string,
  byPart: boolean,
): string => `    FOR M IN (SELECT ROWID AS RID, MSG_ID, STATUS, PART_COUNT, NEED_REPORT, GATEWAY_MSG_ID, SUBMITTED_AT, REASON, DEST_ADDR FROM ${table} WHERE MSG_ID IN (P_ID, UPPER(P_ID)) ORDER BY CASE MSG_ID WHEN P_ID THEN 0 ELSE 1 END FOR UPDATE WAIT 2) LOOP
      IF NOT IS_PLAIN(M.GATEWAY_MSG_ID) THEN
        RETURN;
      END IF;
      V_ID := M.GATEWAY_MSG_ID;
      IF V_KEY IS NOT NULL AND KEY_OF(V_ID) IS NULL THEN
        V_ID := P_GATEWAY;
      ELSIF V_KEY <> KEY_OF(V_ID)${byPart ? ' AND M.PART_COUNT = 1' : ''} THEN
        IF P_TAKEN = 1 AND M.SUBMITTED_AT IS NULL THEN
          LEARN_ID(M.MSG_ID, V_ID, P_CODE, M.DEST_ADDR);
          V_ID := P_GATEWAY;
${byPart ? '        ELSIF P_TAKEN = 1 THEN\n          RETURN; /* a part that nobody reckoned with: the collector counts it */\n' : ''}        ELSIF P_SUBMIT = 1 THEN
          LEARN_ID(M.MSG_ID, P_GATEWAY, P_CODE, M.DEST_ADDR);
        END IF;
      END IF;
      V_NEXT := NEXT_STATUS(M.STATUS, ${byPart ? `CASE WHEN M.PART_COUNT = 1 THEN P_SAID WHEN P_TAKEN = 1 THEN 'SUBMITTED' ELSE M.STATUS END` : 'P_SAID'});
      V_SAYS := CASE WHEN V_NEXT <> M.STATUS THEN 1
                     WHEN P_REASON IS NULL OR RANK_OF(V_NEXT) > 5 OR (P_SUBMIT = 1 AND M.SUBMITTED_AT IS NOT NULL) THEN 0
                     WHEN M.REASON = 'REPORT_CODE_UNKNOWN' AND P_REASON <> 'REPORT_CODE_UNKNOWN' THEN 0 ELSE 1 END;
      UPDATE ${table}
         SET STATUS = V_NEXT, REASON = CASE WHEN V_SAYS = 1 THEN P_REASON ELSE REASON END,
             SUBMITTED_AT = NVL(SUBMITTED_AT, CASE WHEN P_TAKEN = 1 THEN V_NOW END), GATEWAY_MSG_ID = V_ID,
             GATEWAY_CODE = CASE WHEN V_SAYS = 1 THEN P_CODE ELSE NVL(GATEWAY_CODE, P_CODE) END,
             PARTS_DONE = CASE WHEN V_NEXT <> M.STATUS AND V_NEXT = 'DELIVERED' THEN PART_COUNT ELSE PARTS_DONE END,
             GATEWAY_SUBMITTED_AT = NVL(GATEWAY_SUBMITTED_AT, P_SUBMITTED),
             GATEWAY_DONE_AT = CASE WHEN V_NEXT <> M.STATUS AND V_NEXT NOT IN ('SUBMITTED', 'HANDED') THEN NVL(P_DONE, GATEWAY_DONE_AT) ELSE GATEWAY_DONE_AT END,
             GATEWAY_MESSAGE = CASE WHEN V_NEXT <> M.STATUS OR GATEWAY_CODE IS NULL OR (V_SAYS = 1 AND GATEWAY_CODE <> P_CODE) THEN NVL(P_WORDS, GATEWAY_MESSAGE) ELSE GATEWAY_MESSAGE END,
             FINAL_AT = CASE WHEN V_NEXT <> M.STATUS AND (V_NEXT NOT IN ('SUBMITTED', 'HANDED') OR (V_NEXT = 'SUBMITTED' AND M.NEED_REPORT = 0${byPart ? ' AND M.PART_COUNT = 1' : ''})) THEN V_NOW ELSE FINAL_AT END
       WHERE ROWID = M.RID;
      RETURN;
    END LOOP;
`;

/**
 * Returns the query for recent messages with a gateway id in one of the two tables: by their own
 * id, or by another one that was stored.
 */
const candidatesIn = (
  table: string,
): string => `        SELECT MSG_ID, DEST_ADDR, COALESCE(SUBMITTED_AT, HANDED_AT) AS SENT_AT FROM ${table}
         WHERE ${GATEWAY_KEY} = V_KEY AND LENGTHB(GATEWAY_MSG_ID) = LENGTH(GATEWAY_MSG_ID) AND COALESCE(SUBMITTED_AT, HANDED_AT) >= ${NOW} - ${WINDOW}
        UNION
        SELECT M.MSG_ID, M.DEST_ADDR, COALESCE(M.SUBMITTED_AT, M.HANDED_AT) FROM SM_SEND_PART P JOIN ${table} M ON M.MSG_ID = P.MSG_ID
         WHERE P.GATEWAY_KEY = V_KEY AND P.CREATED_AT >= ${NOW} - ${WINDOW}`;

/**
 * Returns the declarations that both triggers share. A message that is answered segment by segment
 * only becomes SUBMITTED here: the collector counts its segments.
 */
const settling = (mapping: ExchangeMapping, country: Country): string => {
  const { report, unknownReportIsFinal } = mapping.codes;
  const byPart = mapping.answers === 'per-part';
  const unknown = unknownReportIsFinal ? 'UNKNOWN' : 'SUBMITTED';
  const cases = report.map(
    ({ pattern, status, isFinal }, index) =>
      `\n      WHEN ${like('V_CODE', pattern, `codes.report.${index}.pattern`)} THEN '${isFinal ? status : 'SUBMITTED'}'`,
  );
  const reasons = report.map(
    ({ pattern, isFinal }, index) =>
      `\n      WHEN ${like('V_CODE', pattern, `codes.report.${index}.pattern`)} THEN ${isFinal ? 'NULL' : `'REPORT_NOT_FINAL'`}`,
  );
  const unexplained = `'REPORT_CODE_UNKNOWN'`;
  const code = toCallingCode(country);
  return `  V_HELD BOOLEAN := FALSE; /* a row of ours was held: the rest of the statement is left to the collector */

${toUtcFunction(mapping)}${NEXT_STATUS}
${IS_PLAIN}
${KEY_OF}
${IS_CUT}
${OTHER_ID}
  PROCEDURE SETTLE (P_ID IN VARCHAR2, P_SUBMIT IN NUMBER, P_SAID IN VARCHAR2, P_TAKEN IN NUMBER, P_GATEWAY IN VARCHAR2, P_CODE IN VARCHAR2, P_REASON IN VARCHAR2,
                    P_WORDS IN VARCHAR2, P_SUBMITTED IN TIMESTAMP, P_DONE IN TIMESTAMP) IS
    V_NEXT VARCHAR2(16 CHAR);
    V_KEY VARCHAR2(64 CHAR) := KEY_OF(P_GATEWAY);
    V_ID VARCHAR2(64 CHAR);
    V_SAYS NUMBER;
    V_NOW TIMESTAMP(3) := ${NOW};
  BEGIN
    IF V_HELD THEN
      RETURN;
    END IF;
${settleIn('SM_SEND_T', byPart)}${settleIn('SM_SEND_T_LOG', byPart)}  EXCEPTION
    WHEN OTHERS THEN
      IF SQLCODE NOT IN (-54, -30006) THEN
        RAISE;
      END IF;
      V_HELD := TRUE;
  END SETTLE;

  FUNCTION SAID_BY (P_CODE IN VARCHAR2) RETURN VARCHAR2 IS
    V_CODE VARCHAR2(4000) := UPPER(TRIM(P_CODE));
  BEGIN
    RETURN ${cases.length === 0 ? `'${unknown}'` : `CASE${cases.join('')}\n      ELSE '${unknown}' END`};
  END SAID_BY;

  FUNCTION REASON_BY (P_CODE IN VARCHAR2) RETURN VARCHAR2 IS
    V_CODE VARCHAR2(4000) := UPPER(TRIM(P_CODE));
  BEGIN
    RETURN ${reasons.length === 0 ? unexplained : `CASE${reasons.join('')}\n      ELSE ${unexplained} END`};
  END REASON_BY;

  /* whether what a gateway wrote ends with the number as it is without its country code */
  FUNCTION FITS (P_WRITTEN IN VARCHAR2, P_DEST IN VARCHAR2) RETURN BOOLEAN IS
    V_DIGITS VARCHAR2(4000) := REGEXP_REPLACE(P_WRITTEN, '[^0123456789]', '');
    V_NUMBER VARCHAR2(40) := CASE WHEN SUBSTR(P_DEST, 1, ${code.length}) = '${code}' THEN SUBSTR(P_DEST, ${code.length + 1}) ELSE P_DEST END;
  BEGIN
    RETURN V_DIGITS = P_DEST OR (LENGTH(V_NUMBER) >= 10 AND SUBSTR(V_DIGITS, -LENGTH(V_NUMBER)) = V_NUMBER);
  END FITS;

  PROCEDURE SETTLE_REPORT (P_MSG_ID IN VARCHAR2, P_GATEWAY IN VARCHAR2, P_DEST IN VARCHAR2, P_STAT IN VARCHAR2, P_ERR IN VARCHAR2,
                           P_SUBMITTED IN TIMESTAMP, P_DONE IN TIMESTAMP) IS
    V_CODE VARCHAR2(4000) := TRIM(CASE WHEN TRIM(P_STAT) IS NULL THEN P_ERR ELSE P_STAT END);
    V_KEY VARCHAR2(64 CHAR) := KEY_OF(P_GATEWAY);
    V_WRITTEN VARCHAR2(4000) := CASE WHEN LENGTH(TRIM(P_DEST)) <= 40 THEN TRIM(P_DEST) END;
    V_ID VARCHAR2(64 CHAR);
    V_FOUND NUMBER := 0;
  BEGIN
    IF NOT (IS_PLAIN(P_MSG_ID) AND IS_PLAIN(P_GATEWAY) AND IS_PLAIN(V_CODE)) THEN
      RETURN;
    END IF;
    SELECT MAX(MSG_ID) INTO V_ID FROM (SELECT MSG_ID FROM SM_SEND_T WHERE MSG_ID IN (TRIM(P_MSG_ID), UPPER(TRIM(P_MSG_ID)))
      UNION ALL SELECT MSG_ID FROM SM_SEND_T_LOG WHERE MSG_ID IN (TRIM(P_MSG_ID), UPPER(TRIM(P_MSG_ID)))) F;
    IF V_ID IS NULL AND IS_CUT(P_MSG_ID) THEN
      RETURN;
    END IF;
    IF V_ID IS NULL AND V_KEY IS NOT NULL THEN
      /* the newest to the number of the report; without a number the only one. Which is meant else is the collector's to tell */
      FOR C IN (SELECT MSG_ID, DEST_ADDR FROM (
${candidatesIn('SM_SEND_T')}
        UNION
${candidatesIn('SM_SEND_T_LOG')}) F ORDER BY SENT_AT DESC) LOOP
        V_FOUND := V_FOUND + 1;
        IF V_WRITTEN IS NULL THEN
          V_ID := CASE WHEN V_FOUND = 1 THEN C.MSG_ID END;
        ELSIF V_ID IS NULL AND FITS(V_WRITTEN, C.DEST_ADDR) THEN
          V_ID := C.MSG_ID;
        END IF;
      END LOOP;
    END IF;
    IF V_ID IS NOT NULL AND V_CODE IS NOT NULL THEN
      SETTLE(V_ID, 0, SAID_BY(V_CODE), 1, CASE WHEN LENGTH(TRIM(P_GATEWAY)) <= 64 THEN TRIM(P_GATEWAY) END, SUBSTR(V_CODE, 1, 32), REASON_BY(V_CODE),
             ${words('P_ERR')}, P_SUBMITTED, P_DONE);
    END IF;
  END SETTLE_REPORT;
`;
};

/** Returns the part of the gateway's message that is stored. */
const words = (text: string): string => (text === 'NULL' ? text : `SUBSTR(TRIM(${text}), 1, 200)`);

const reportArguments = (mapping: ExchangeMapping, row: string): string => {
  const { msgId, gatewayMsgId, destAddr, stat, errCode, submitTime, doneTime } = mapping.columns.report;
  return [
    ...[msgId, gatewayMsgId, destAddr, stat, errCode].map((column) => columnOf(row, column)),
    ...[submitTime, doneTime].map((column) => usableTime(mapping, columnOf(row, column))),
  ].join(', ');
};

/**
 * Requires that ids have the same notation in RESP and REPORT: the triggers do not convert them.
 * @throws BridgeError EXCHANGE_FILE_INVALID
 */
const requireOneNotation = ({ codes }: ExchangeMapping): void => {
  if (codes.gatewayMsgId === 'same') return;
  throw new BridgeError(
    'EXCHANGE_FILE_INVALID',
    `codes.gatewayMsgId: answers cannot be settled in the database with "${codes.gatewayMsgId}": its triggers know a gateway's id in one notation only; leave the answers to report-collector`,
  );
};

/**
 * Returns the trigger that settles submit results.
 * @throws BridgeError EXCHANGE_FILE_INVALID
 */
export const respTrigger = (mapping: ExchangeMapping, country: Country): string => {
  requireOneNotation(mapping);
  const { msgId, result, resultDesc, respTime } = mapping.columns.resp;
  const remark = words(columnOf('R', resultDesc));
  const respAt = usableTime(mapping, columnOf('R', respTime));
  const gatewayMsgId = columnOf('R', mapping.columns.resp.gatewayMsgId);
  const { report } = mapping.columns;
  const key = (value: string) => `LTRIM(UPPER(TRIM(${value})), '0')`;
  return moveTrigger(
    mapping,
    'resp',
    `  V_GATEWAY VARCHAR2(64 CHAR);\n${settling(mapping, country)}`,
    `          V_GATEWAY := CASE WHEN LENGTH(TRIM(${gatewayMsgId})) <= 64 THEN TRIM(${gatewayMsgId}) END;
          IF NOT (IS_PLAIN(R.${msgId}) AND IS_PLAIN(${gatewayMsgId}) AND IS_PLAIN(R.${result})) THEN
            NULL;
          ELSIF ${like(`TRIM(R.${result})`, mapping.codes.submitSuccess, 'codes.submitSuccess')} THEN
            SETTLE(TRIM(R.${msgId}), 1, 'SUBMITTED', 1, V_GATEWAY, SUBSTR(TRIM(R.${result}), 1, 32), NULL, ${remark}, ${respAt}, NULL);
          ELSIF ${like(`TRIM(R.${result})`, mapping.codes.submitTemporary, 'codes.submitTemporary')} THEN
            SETTLE(TRIM(R.${msgId}), 1, 'HANDED', 0, V_GATEWAY, SUBSTR(TRIM(R.${result}), 1, 32), 'SUBMIT_NOT_FINAL', ${remark}, NULL, ${respAt});
          ELSIF TRIM(R.${result}) IS NOT NULL THEN
            SETTLE(TRIM(R.${msgId}), 1, 'SUBMIT_FAILED', 0, V_GATEWAY, SUBSTR(TRIM(R.${result}), 1, 32), NULL, ${remark}, NULL, ${respAt});
          END IF;${
            report.gatewayMsgId === null || mapping.columns.resp.gatewayMsgId === null
              ? ''
              : `
          /* reports that came before this */
          FOR E IN (SELECT ${presentColumns({ ...report, seqId: null }).join(', ')} FROM ${ANSWERS.report}
                     WHERE ${key(report.gatewayMsgId)} = ${key(gatewayMsgId)}) LOOP
            SETTLE_REPORT(${reportArguments(mapping, 'E')});
          END LOOP;`
          }`,
  );
};

/**
 * Returns the trigger that settles delivery reports.
 * @throws BridgeError EXCHANGE_FILE_INVALID
 */
export const reportTrigger = (mapping: ExchangeMapping, country: Country): string =>
  moveTrigger(
    mapping,
    'report',
    settling(mapping, country),
    `          SETTLE_REPORT(${reportArguments(mapping, 'R')});`,
  );
