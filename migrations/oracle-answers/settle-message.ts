import { MSG_ID_ALPHABET, MSG_ID_LENGTH, SHORTEST_CUT_ID } from '../../shared/sms/msg-id';
import { IS_PLAIN } from './is-plain';
import { NOW } from './kept-tables';

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
 * `toGatewayKey` of shared/ledger/gateway-key.ts for a plain id. NULL for an id
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
 * Returns the statements that settle an answer in the live table or in the history. The message is
 * found by its MSG_ID as written, or in upper case. A locked row is waited for 2 s, once a
 * statement, so that the province's session never hangs on the platform's locks. Ids, code and
 * reason follow `applyReply` of services/report-collector/core/message-state.ts.
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

/** Returns the procedure that settles an answer, after the functions that it calls. */
export const settleMessage = (byPart: boolean): string => `${NEXT_STATUS}
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
`;
