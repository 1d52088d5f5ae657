import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { LOOKERS, sentViewOnOracle, WORDS } from '../0004-gateway-words/gateway-words';
import { type MigrationOptions, placeIn } from '../oracle/oracle-tablespaces';
import type { MigrationStatements } from '../statements';

const TOO_MANY = -20010;

/** Fills only what is still NULL, so that it can be run again after a failure. */
const fill = (table: string, id: string): string => `UPDATE ${table} SET MSG_ID = ${id} WHERE MSG_ID IS NULL`;

/** See identity.ts. */
const REFUSE_SHARED = `BEGIN
  FOR E IN (SELECT MESSAGE_ID FROM (SELECT MESSAGE_ID, APP_ID FROM SM_SEND_T UNION SELECT MESSAGE_ID, APP_ID FROM SM_SEND_T_LOG) M
    GROUP BY MESSAGE_ID HAVING COUNT(*) > 1) LOOP
    RAISE_APPLICATION_ERROR(${TOO_MANY}, 'MESSAGE_ID ' || E.MESSAGE_ID || ' is used by two applications: before this can be undone, one of the two must leave SM_SEND_T and SM_SEND_T_LOG');
  END LOOP;
END;`;

/** Returns the statements of this migration on Oracle. */
export const identityOnOracle = (_names: ExchangeMapping, options: MigrationOptions): MigrationStatements => {
  const place = placeIn(options);
  const day = place('dayIndex');
  const history = place('historyIndex');
  const rekey = (table: string, key: string, where: string) => [
    `ALTER TABLE ${table} DROP CONSTRAINT ${table}_PK`,
    `ALTER TABLE ${table} ADD CONSTRAINT ${table}_PK PRIMARY KEY (${key}) USING INDEX INITRANS 16${where}`,
  ];
  return {
    up: [
      'ALTER TABLE SM_SEND_T ADD (MSG_ID VARCHAR2(64 CHAR))',
      fill(
        'SM_SEND_T',
        `CASE WHEN HANDED_AT IS NULL AND STATUS <> 'SCHEDULED' THEN RAWTOHEX(SYS_GUID()) ELSE MESSAGE_ID END`,
      ),
      'ALTER TABLE SM_SEND_T MODIFY (MSG_ID DEFAULT RAWTOHEX(SYS_GUID()))',
      'ALTER TABLE SM_SEND_T MODIFY (MSG_ID NOT NULL)',
      ...rekey('SM_SEND_T', 'MESSAGE_ID, APP_ID', day),
      `CREATE UNIQUE INDEX SM_SEND_T_MSG_ID ON SM_SEND_T (MSG_ID) INITRANS 16${day}`,
      'ALTER TABLE SM_SEND_T_LOG ADD (MSG_ID VARCHAR2(64 CHAR))',
      fill('SM_SEND_T_LOG', 'MESSAGE_ID'),
      'ALTER TABLE SM_SEND_T_LOG MODIFY (MSG_ID NOT NULL)',
      ...rekey('SM_SEND_T_LOG', 'MESSAGE_ID, APP_ID', history),
      `CREATE INDEX SM_SEND_T_LOG_MSG_ID ON SM_SEND_T_LOG (MSG_ID) INITRANS 16${history}`,
      'ALTER TABLE SM_SEND_PART RENAME COLUMN MESSAGE_ID TO MSG_ID',
      'GRANT UPDATE (MSG_ID) ON SM_SEND_T TO SMS_RELAY',
      sentViewOnOracle(`, ${WORDS.toUpperCase()}, MSG_ID`),
    ],
    down: [
      REFUSE_SHARED,
      'DROP VIEW V_SEND_T_LOG',
      `UPDATE SM_SEND_PART P SET MSG_ID = NVL((SELECT MESSAGE_ID FROM SM_SEND_T M WHERE M.MSG_ID = P.MSG_ID),
  NVL((SELECT MIN(MESSAGE_ID) FROM SM_SEND_T_LOG M WHERE M.MSG_ID = P.MSG_ID), MSG_ID))`,
      'ALTER TABLE SM_SEND_PART RENAME COLUMN MSG_ID TO MESSAGE_ID',
      ...rekey('SM_SEND_T_LOG', 'MESSAGE_ID', history),
      'ALTER TABLE SM_SEND_T_LOG DROP (MSG_ID)',
      ...rekey('SM_SEND_T', 'MESSAGE_ID', day),
      'ALTER TABLE SM_SEND_T DROP (MSG_ID)',
      sentViewOnOracle(`, ${WORDS.toUpperCase()}`),
      ...LOOKERS.map((role) => `GRANT READ ON V_SEND_T_LOG TO ${role.toUpperCase()}`),
    ],
  };
};
