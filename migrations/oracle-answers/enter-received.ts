import { EVENT_NAMESPACE } from '../../shared/event-id';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { toCallingCode } from '../../shared/sms/calling-code';
import type { Country } from '../../shared/sms/normalise-msisdn';
import { IS_PLAIN } from './is-plain';
import { ANSWERS, NOW } from './kept-tables';
import { moveTrigger } from './move-trigger';
import { columnOf, toUtc, toUtcFunction, usableTime } from './province-clock';

/**
 * Computes `eventId('exchange-recv', …)` of shared/event-id.ts, so that the message has the same id
 * when its event is published later. Lengths count UTF-16 units, as in JavaScript (LENGTH2). A hash
 * in SQL takes at most 2000 bytes: a message with a longer text, or with a time before the
 * Gregorian calendar, gets no id here and is only kept.
 */
const RECEIVED_ID = `  FUNCTION RECEIVED_ID_OF (P_SEQ IN NUMBER, P_FROM IN VARCHAR2, P_TO IN VARCHAR2, P_TEXT IN VARCHAR2, P_AT IN TIMESTAMP) RETURN VARCHAR2 IS
    V_NAME VARCHAR2(32767);
    V_BYTES RAW(32767);
    V_HEX VARCHAR2(40);
    PROCEDURE ADD_PART (P_PART IN VARCHAR2) IS
    BEGIN
      V_NAME := V_NAME || CASE WHEN P_PART IS NULL THEN '~' ELSE TO_CHAR(LENGTH2(P_PART)) || ':' || P_PART END;
    END ADD_PART;
  BEGIN
    ADD_PART('exchange-recv');
    ADD_PART(TO_CHAR(P_SEQ));
    ADD_PART(P_FROM);
    ADD_PART(P_TO);
    ADD_PART(P_TEXT);
    ADD_PART(TO_CHAR((TO_NUMBER(TO_CHAR(P_AT, 'J')) - 2440588) * 86400000 + TO_NUMBER(TO_CHAR(P_AT, 'SSSSS')) * 1000 + TO_NUMBER(TO_CHAR(P_AT, 'FF3'))));
    V_BYTES := UTL_RAW.CONCAT(HEXTORAW('${EVENT_NAMESPACE.replaceAll('-', '').toUpperCase()}'), UTL_I18N.STRING_TO_RAW(V_NAME, 'AL32UTF8'));
    IF UTL_RAW.LENGTH(V_BYTES) > 2000 OR P_AT < TIMESTAMP '1600-01-01 00:00:00' THEN
      RETURN NULL;
    END IF;
    SELECT LOWER(RAWTOHEX(STANDARD_HASH(V_BYTES, 'SHA1'))) INTO V_HEX FROM DUAL;
    RETURN SUBSTR(V_HEX, 1, 8) || '-' || SUBSTR(V_HEX, 9, 4) || '-5' || SUBSTR(V_HEX, 14, 3) || '-' || TRANSLATE(SUBSTR(V_HEX, 17, 1), '0123456789abcdef', '89ab89ab89ab89ab') || SUBSTR(V_HEX, 18, 3) || '-' || SUBSTR(V_HEX, 21, 12);
  END RECEIVED_ID_OF;
`;

/**
 * Chinese mobile numbers, in the form that the collector writes. All other numbers are normalised
 * by the collector when the answers are given back.
 */
const CHINESE_MOBILE = '^((\\+|00)?86)?(1([3-9][0-9]{9}|(064|4[014]0)[0-9]{9}))$';

/**
 * Tells whether a text may begin with the header of a segment (UDH), with one or two bytes a
 * character (see services/report-collector/core/segment-header.ts). Only the collector removes it.
 */
const mayHaveHeader = (text: string): string =>
  `(ASCII(${text}) < 32 OR SUBSTR(${text}, 1, 1) IN (${['0500', '0608', '0b00', '0b05', '0c05', '0c08'].map((unit) => `UNISTR('\\${unit}')`).join(', ')}))`;

/**
 * Returns the trigger that enters received messages. Types are written out, because
 * LOGIN_USER.…%TYPE may mean the function of that name in DBMS_STANDARD (PLS-00225).
 */
export const recvTrigger = (mapping: ExchangeMapping, country: Country): string => {
  const { seqId, srcAddr, destAddr, content, recvTime } = mapping.columns.recv;
  const wall = columnOf('R', recvTime);
  const sender = `TRIM(R.${srcAddr})`;
  const number = country === 'CN' ? `REGEXP_REPLACE(${sender}, '${CHINESE_MOBILE}', '86\\3')` : sender;
  // As createToExtension in services/report-collector/core/route-inbound.ts: 00 counts only before
  // a country code.
  const access = `^(\\+|(\\+|00)?${toCallingCode(country)})?${mapping.accessNumber}`;
  const received = `NVL(${usableTime(mapping, wall)}, ${NOW})`;
  return moveTrigger(
    mapping,
    'recv',
    `  V_ID VARCHAR2(64 CHAR);
  V_TO VARCHAR2(4000);
  V_APP VARCHAR2(32 CHAR);
  V_EXT VARCHAR2(20 CHAR);
  V_AT TIMESTAMP;

${toUtcFunction(mapping)}${IS_PLAIN}${RECEIVED_ID}`,
    `          V_ID := RECEIVED_ID_OF(R.${seqId}, R.${srcAddr}, R.${destAddr}, R.${content}, ${toUtc(mapping, wall)});
          IF V_ID IS NOT NULL AND LENGTH(${sender}) <= 32 AND IS_PLAIN(R.${srcAddr}) AND IS_PLAIN(R.${destAddr})
             AND NOT NVL(${mayHaveHeader(`R.${content}`)}, FALSE) THEN
            UPDATE ${ANSWERS.recv} SET RECEIVED_ID = V_ID WHERE ${seqId} = R.${seqId};
            V_AT := ${received};
            V_APP := NULL;
            V_EXT := NULL;
            V_TO := REPLACE(REPLACE(SUBSTR(TRIM(R.${destAddr}), 1, 40), ' '), '-');
            IF REGEXP_LIKE(V_TO, '${access}') THEN
              V_TO := REGEXP_REPLACE(V_TO, '${access}');
              FOR A IN (SELECT APP_ID, EXT_CODE FROM LOGIN_USER WHERE APP_ID IS NOT NULL AND SUBSTR(V_TO, 1, LENGTH(EXT_CODE)) = EXT_CODE
                         ORDER BY LENGTH(EXT_CODE) DESC, APP_ID) LOOP
                V_APP := A.APP_ID;
                V_EXT := A.EXT_CODE;
                EXIT;
              END LOOP;
            END IF;
            INSERT INTO SM_RECEIVE_T (RECEIVED_ID, SRC_ADDR, DEST_ADDR, EXT_CODE, APP_ID, CONTENT, RECEIVED_AT, RECORDED_AT, OFFERED_AT)
            VALUES (V_ID, ${number}, SUBSTR(TRIM(R.${destAddr}), 1, 40), V_EXT, V_APP, R.${content}, V_AT, ${NOW}, ${NOW});
          END IF;`,
  );
};
