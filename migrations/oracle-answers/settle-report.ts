import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { toCallingCode } from '../../shared/sms/calling-code';
import type { Country } from '../../shared/sms/normalise-msisdn';
import { like } from './code-pattern';
import { NOW } from './kept-tables';

/** The same expression as in the indexes. */
const GATEWAY_KEY = `LTRIM(UPPER(GATEWAY_MSG_ID), '0')`;

/** The collector's default: gateways reuse their ids. */
const WINDOW = `INTERVAL '3' DAY`;

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

/** Returns the functions that give the status and the reason of a report's code. */
const codeFunctions = ({ report, unknownReportIsFinal }: ExchangeMapping['codes']): string => {
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
  return `  FUNCTION SAID_BY (P_CODE IN VARCHAR2) RETURN VARCHAR2 IS
    V_CODE VARCHAR2(4000) := UPPER(TRIM(P_CODE));
  BEGIN
    RETURN ${cases.length === 0 ? `'${unknown}'` : `CASE${cases.join('')}\n      ELSE '${unknown}' END`};
  END SAID_BY;

  FUNCTION REASON_BY (P_CODE IN VARCHAR2) RETURN VARCHAR2 IS
    V_CODE VARCHAR2(4000) := UPPER(TRIM(P_CODE));
  BEGIN
    RETURN ${reasons.length === 0 ? unexplained : `CASE${reasons.join('')}\n      ELSE ${unexplained} END`};
  END REASON_BY;
`;
};

const fits = (
  callingCode: string,
): string => `  /* whether what a gateway wrote ends with the number as it is without its country code */
  FUNCTION FITS (P_WRITTEN IN VARCHAR2, P_DEST IN VARCHAR2) RETURN BOOLEAN IS
    V_DIGITS VARCHAR2(4000) := REGEXP_REPLACE(P_WRITTEN, '[^0123456789]', '');
    V_NUMBER VARCHAR2(40) := CASE WHEN SUBSTR(P_DEST, 1, ${callingCode.length}) = '${callingCode}' THEN SUBSTR(P_DEST, ${callingCode.length + 1}) ELSE P_DEST END;
  BEGIN
    RETURN V_DIGITS = P_DEST OR (LENGTH(V_NUMBER) >= 10 AND SUBSTR(V_DIGITS, -LENGTH(V_NUMBER)) = V_NUMBER);
  END FITS;
`;

export const words = (text: string): string => (text === 'NULL' ? text : `SUBSTR(TRIM(${text}), 1, 200)`);

const SETTLE_REPORT = `  PROCEDURE SETTLE_REPORT (P_MSG_ID IN VARCHAR2, P_GATEWAY IN VARCHAR2, P_DEST IN VARCHAR2, P_STAT IN VARCHAR2, P_ERR IN VARCHAR2,
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

/** Returns the procedure that settles a delivery report, after the functions that it calls. */
export const settleReport = (mapping: ExchangeMapping, country: Country): string => `${codeFunctions(mapping.codes)}
${fits(toCallingCode(country))}
${SETTLE_REPORT}`;
