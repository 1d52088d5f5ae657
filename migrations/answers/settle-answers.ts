import { BridgeError } from '../../services/shared/errors';
import type { ExchangeNames } from '../../services/shared/exchange/exchange-names';
import { columnsThere } from '../../services/shared/exchange/send-columns';
import { ANSWERS, NOW } from './kept-tables';
import { moveTrigger } from './move-trigger';
import { toUtc, toUtcFunction } from './province-clock';

/** As the indexes have it. */
const GATEWAY_KEY = `LTRIM(UPPER(GATEWAY_MSG_ID), '0')`;

/** A gateway's id means a message of the last three days, the collector's default: gateways use their ids again. */
const WINDOW = `INTERVAL '3' DAY`;

/** What a regular expression means the same in as in JavaScript: no classes or assertions of one side only. */
const PORTABLE = /^(?:[\w :;,./#=<>@!~%-]|[\^$|.*+?()[\]{}]|\\[.^$|*+?()[\]{}])+$/;

/**
 * The pattern with its brackets as Oracle reads them, or undefined where it cannot: ranges of letters follow the session's NLS_SORT there, so their
 * letters are written out; a backslash in brackets is one more character, and a ] that comes first is.
 */
const toOraclePattern = (pattern: string): string | undefined => {
  let portable = PORTABLE.test(pattern) && !/\(\?|[*+?}]\?/.test(pattern);
  const text = pattern.replace(/\\.|\[(\^?)([^\]]*)\]/g, (whole, not: string, inside: string | undefined) => {
    if (inside === undefined) return whole;
    if (inside === '' || /[\\[]/.test(inside)) portable = false;
    const spelt = inside.replace(/(\w)-(\w)/g, (range, from: string, to: string) => {
      if (/^\d-\d$/.test(range)) return range;
      if (!/^([A-Z]-[A-Z]|[a-z]-[a-z])$/.test(range)) portable = false;
      const first = from.charCodeAt(0);
      return String.fromCharCode(...Array.from({ length: to.charCodeAt(0) - first + 1 }, (_, at) => first + at));
    });
    return `[${not}${spelt}]`;
  });
  return portable ? text : undefined;
};

/** `REGEXP_LIKE` of a code. Case counts whatever the session's NLS says. @throws BridgeError EXCHANGE_FILE_INVALID */
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

/** A status goes forward or not at all, as `nextStatus` in services/report-collector/core/message-state.ts has it; a test compares the two. */
const NEXT_STATUS = `  FUNCTION RANK_OF (P_STATUS IN VARCHAR2) RETURN PLS_INTEGER IS
  BEGIN
    RETURN CASE P_STATUS WHEN 'NEW' THEN 0 WHEN 'QUEUED' THEN 1 WHEN 'SCHEDULED' THEN 2 WHEN 'HANDED' THEN 3 WHEN 'SUBMITTED' THEN 4 WHEN 'UNKNOWN' THEN 5 ELSE 6 END;
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

/** A message in the day table, or in the history. It waits two seconds for a row that somebody holds, once a statement: the province never hangs on ours. */
const settleIn = (
  table: string,
  byPart: boolean,
): string => `    FOR M IN (SELECT ROWID AS RID, STATUS, PART_COUNT, NEED_REPORT FROM ${table} WHERE MESSAGE_ID = P_ID FOR UPDATE WAIT 2) LOOP
      V_NEXT := NEXT_STATUS(M.STATUS, ${byPart ? `CASE WHEN M.PART_COUNT = 1 THEN P_SAID WHEN P_TAKEN = 1 THEN 'SUBMITTED' ELSE M.STATUS END` : 'P_SAID'});
      UPDATE ${table}
         SET STATUS = V_NEXT, REASON = CASE WHEN V_NEXT = M.STATUS THEN REASON END,
             SUBMITTED_AT = NVL(SUBMITTED_AT, CASE WHEN P_TAKEN = 1 THEN V_NOW END), GATEWAY_MSG_ID = NVL(GATEWAY_MSG_ID, P_GATEWAY),
             GATEWAY_CODE = CASE WHEN V_NEXT = M.STATUS THEN NVL(GATEWAY_CODE, P_CODE) ELSE P_CODE END,
             PARTS_DONE = CASE WHEN V_NEXT <> M.STATUS AND V_NEXT = 'DELIVERED' THEN PART_COUNT ELSE PARTS_DONE END,
             GATEWAY_SUBMITTED_AT = NVL(GATEWAY_SUBMITTED_AT, P_SUBMITTED),
             GATEWAY_DONE_AT = CASE WHEN V_NEXT <> M.STATUS AND V_NEXT NOT IN ('SUBMITTED', 'HANDED') THEN NVL(P_DONE, GATEWAY_DONE_AT) ELSE GATEWAY_DONE_AT END,
             GATEWAY_MESSAGE = CASE WHEN V_NEXT = M.STATUS AND GATEWAY_CODE IS NOT NULL THEN GATEWAY_MESSAGE ELSE NVL(P_WORDS, GATEWAY_MESSAGE) END,
             FINAL_AT = CASE WHEN V_NEXT <> M.STATUS AND (V_NEXT NOT IN ('SUBMITTED', 'HANDED') OR (V_NEXT = 'SUBMITTED' AND M.NEED_REPORT = 0${byPart ? ' AND M.PART_COUNT = 1' : ''})) THEN V_NOW ELSE FINAL_AT END
       WHERE ROWID = M.RID;
      RETURN;
    END LOOP;
`;

/** What both kinds of answers share. A message that is answered part by part is SUBMITTED here and no more: the collector counts its parts. */
const settling = (names: ExchangeNames): string => {
  const { report, unknownReportIsFinal } = names.codes;
  const byPart = names.answers === 'per-part';
  const unknown = unknownReportIsFinal ? 'UNKNOWN' : 'SUBMITTED';
  const cases = report.map(
    ({ pattern, status, isFinal }, at) =>
      `\n      WHEN ${like('V_CODE', pattern, `codes.report.${at}.pattern`)} THEN '${isFinal ? status : 'SUBMITTED'}'`,
  );
  return `  V_HELD BOOLEAN := FALSE; /* a row of ours was held: the rest of the statement is left to the collector */

${toUtcFunction(names)}${NEXT_STATUS}
  PROCEDURE SETTLE (P_ID IN VARCHAR2, P_SAID IN VARCHAR2, P_TAKEN IN NUMBER, P_GATEWAY IN VARCHAR2, P_CODE IN VARCHAR2, P_WORDS IN VARCHAR2,
                    P_SUBMITTED IN TIMESTAMP, P_DONE IN TIMESTAMP) IS
    V_NEXT VARCHAR2(16 CHAR);
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

  PROCEDURE SETTLE_REPORT (P_MSG_ID IN VARCHAR2, P_GATEWAY IN VARCHAR2, P_STAT IN VARCHAR2, P_ERR IN VARCHAR2, P_SUBMITTED IN TIMESTAMP, P_DONE IN TIMESTAMP) IS
    V_CODE VARCHAR2(4000) := TRIM(CASE WHEN TRIM(P_STAT) IS NULL THEN P_ERR ELSE P_STAT END);
    V_KEY VARCHAR2(64 CHAR) := LTRIM(UPPER(TRIM(P_GATEWAY)), '0');
    V_ID VARCHAR2(64 CHAR);
    V_FOUND NUMBER;
  BEGIN
    SELECT MIN(MESSAGE_ID) INTO V_ID FROM (SELECT MESSAGE_ID FROM SM_SEND_T WHERE MESSAGE_ID = TRIM(P_MSG_ID)
      UNION ALL SELECT MESSAGE_ID FROM SM_SEND_T_LOG WHERE MESSAGE_ID = TRIM(P_MSG_ID)) F;
    IF V_ID IS NULL AND V_KEY IS NOT NULL THEN
      SELECT MIN(MESSAGE_ID), COUNT(*) INTO V_ID, V_FOUND FROM (
        SELECT MESSAGE_ID FROM SM_SEND_T WHERE ${GATEWAY_KEY} = V_KEY AND COALESCE(SUBMITTED_AT, HANDED_AT) >= ${NOW} - ${WINDOW}
        UNION ALL
        SELECT MESSAGE_ID FROM SM_SEND_T_LOG WHERE ${GATEWAY_KEY} = V_KEY AND COALESCE(SUBMITTED_AT, HANDED_AT) >= ${NOW} - ${WINDOW}) F;
      IF V_FOUND > 1 THEN
        V_ID := NULL; /* which of them is meant is the collector's to tell */
      END IF;
    END IF;
    IF V_ID IS NOT NULL AND V_CODE IS NOT NULL THEN
      SETTLE(V_ID, SAID_BY(V_CODE), 1, TRIM(P_GATEWAY), SUBSTR(V_CODE, 1, 32), SUBSTR(P_ERR, 1, 200), P_SUBMITTED, P_DONE);
    END IF;
  END SETTLE_REPORT;
`;
};

/** A column of a row, and NULL in the place of one that the province does not have. */
const columnOf = (row: string, column: string | null): string => (column === null ? 'NULL' : `${row}.${column}`);

const reportArguments = (names: ExchangeNames, row: string): string => {
  const { msgId, gatewayMsgId, stat, errCode, submitTime, doneTime } = names.columns.report;
  return [
    ...[msgId, gatewayMsgId, stat, errCode].map((column) => columnOf(row, column)),
    ...[submitTime, doneTime].map((column) => toUtc(names, columnOf(row, column))),
  ].join(', ');
};

export const respTrigger = (names: ExchangeNames): string => {
  const { msgId, result, resultDesc, respTime } = names.columns.resp;
  const words = resultDesc === null ? 'NULL' : `SUBSTR(R.${resultDesc}, 1, 200)`;
  const at = toUtc(names, columnOf('R', respTime));
  const gatewayMsgId = columnOf('R', names.columns.resp.gatewayMsgId);
  const { report } = names.columns;
  const key = (value: string) => `LTRIM(UPPER(TRIM(${value})), '0')`;
  return moveTrigger(
    names,
    'resp',
    settling(names),
    `          IF ${like(`TRIM(R.${result})`, names.codes.submitSuccess, 'codes.submitSuccess')} THEN
            SETTLE(TRIM(R.${msgId}), 'SUBMITTED', 1, TRIM(${gatewayMsgId}), SUBSTR(TRIM(R.${result}), 1, 32), ${words}, ${at}, NULL);
          ELSIF TRIM(R.${result}) IS NOT NULL THEN
            SETTLE(TRIM(R.${msgId}), 'SUBMIT_FAILED', 0, TRIM(${gatewayMsgId}), SUBSTR(TRIM(R.${result}), 1, 32), ${words}, NULL, ${at});
          END IF;${
            report.gatewayMsgId === null || names.columns.resp.gatewayMsgId === null
              ? ''
              : `
          /* reports that came before this */
          FOR E IN (SELECT ${columnsThere({ ...report, seqId: null, destAddr: null }).join(', ')} FROM ${ANSWERS.report}
                     WHERE ${key(report.gatewayMsgId)} = ${key(gatewayMsgId)}) LOOP
            SETTLE_REPORT(${reportArguments(names, 'E')});
          END LOOP;`
          }`,
  );
};

export const reportTrigger = (names: ExchangeNames): string => {
  return moveTrigger(names, 'report', settling(names), `          SETTLE_REPORT(${reportArguments(names, 'R')});`);
};
