import { BridgeError } from '../../shared/errors';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import type { Country } from '../../shared/sms/normalise-msisdn';
import { RECEIVED_COLUMNS } from '../0002-access/objects-oracle';
import { requireCompiled } from '../oracle/check-code';
import { type MigrationOptions, placeIn } from '../oracle/oracle-tablespaces';
import { recvTrigger } from './enter-received';
import { ANSWER_TABLES, ANSWERS, type AnswerTable, triggerName } from './kept-tables';
import { columnsOf } from './move-trigger';
import { reportTrigger, respTrigger } from './settle-answers';

/** Roles that check whether the database settles answers, or count the kept ones. */
const READERS = ['SMS_PRODUCER', 'SMS_RELAY', 'SMS_COLLECTOR', 'SMS_ARCHIVER', 'SMS_ADMINISTRATOR'];

/**
 * Returns the triggers that settle answers in the database.
 * @throws BridgeError EXCHANGE_FILE_INVALID for codes that cannot be expressed in Oracle's regular
 * expressions
 */
export const answerTriggers = (mapping: ExchangeMapping, country: Country): Readonly<Record<AnswerTable, string>> => ({
  resp: respTrigger(mapping, country),
  report: reportTrigger(mapping, country),
  recv: recvTrigger(mapping, country),
});

/**
 * Requires that the exchange tables are in the owner's schema: the owner may not create triggers in
 * another.
 * @throws BridgeError EXCHANGE_FILE_INVALID
 */
const requireOwnTables = ({ tables }: ExchangeMapping): void => {
  const foreign = ANSWER_TABLES.map((table) => tables[table]).filter((name) => name.includes('.'));
  if (foreign.length === 0) return;
  throw new BridgeError(
    'EXCHANGE_FILE_INVALID',
    `replies can be settled in the database only where the exchange tables belong to the owner; these belong to another schema: ${foreign.join(', ')}`,
  );
};

/**
 * Requires that texts need no decoding: only the collector decodes.
 * @throws BridgeError EXCHANGE_FILE_INVALID
 */
const requirePlainText = ({ codes }: ExchangeMapping): void => {
  if (codes.recvContent === 'text') return;
  throw new BridgeError(
    'EXCHANGE_FILE_INVALID',
    'codes.recvContent: replies can be settled in the database only where CONTENT of inbound rows is text',
  );
};

/**
 * Returns the owner's statements that let the database settle answers. The tables for kept rows
 * copy the column types that the exchange tables have at that time. Each statement can be repeated.
 * @throws BridgeError EXCHANGE_FILE_INVALID
 */
export const switchAnswersOn = (
  mapping: ExchangeMapping,
  options: MigrationOptions,
  country: Country,
): readonly string[] => {
  requireOwnTables(mapping);
  requirePlainText(mapping);
  const place = placeIn(options);
  const triggers = answerTriggers(mapping, country);
  const { gatewayMsgId } = mapping.columns.report;
  return [
    ...ANSWER_TABLES.flatMap((table) => [
      `CREATE TABLE ${ANSWERS[table]} INITRANS 16${place('exchange')}
AS SELECT ${columnsOf(mapping, table)}, CAST(NULL AS TIMESTAMP(3)) AS KEPT_AT${table === 'recv' ? ', CAST(NULL AS VARCHAR2(64 CHAR)) AS RECEIVED_ID' : ''}
  FROM ${mapping.tables[table]} WHERE 1 = 0`,
      `CREATE UNIQUE INDEX ${ANSWERS[table]}_UK ON ${ANSWERS[table]} (${mapping.columns[table].seqId}) INITRANS 16${place('exchangeIndex')}`,
    ]),
    ...(gatewayMsgId === null
      ? []
      : [
          `CREATE INDEX ${ANSWERS.report}_KEY ON ${ANSWERS.report} (LTRIM(UPPER(TRIM(${gatewayMsgId})), '0')) INITRANS 16${place('exchangeIndex')}`,
        ]),
    `CREATE INDEX ${ANSWERS.recv}_ID ON ${ANSWERS.recv} (RECEIVED_ID) INITRANS 16${place('exchangeIndex')}`,
    ...ANSWER_TABLES.flatMap((table) => READERS.map((role) => `GRANT SELECT ON ${ANSWERS[table]} TO ${role}`)),
    ...ANSWER_TABLES.flatMap((table) => [triggers[table], requireCompiled(triggerName(table))]),
    // Only when all three compile.
    ...ANSWER_TABLES.map((table) => `ALTER TRIGGER ${triggerName(table)} ENABLE`),
  ];
};

/**
 * Deletes received messages that no business system has read or acknowledged yet. The collector
 * enters them again, with their events.
 */
const forgetReceived = (table: string): string =>
  `DELETE FROM ${table} WHERE ATTEMPT = 1 AND PROCESSED_AT IS NULL AND RECEIVED_ID IN (SELECT RECEIVED_ID FROM ${ANSWERS.recv})`;

/** Received messages in the history that were acknowledged before their event was published. */
const ACKNOWLEDGED = `ATTEMPT = 1 AND RECEIVED_ID IN (SELECT RECEIVED_ID FROM ${ANSWERS.recv})`;

/**
 * Returns the statements that move the kept rows of a table back, in one transaction. They keep
 * their numbers, so that their events get the same ids. The lock waits for uncommitted inserts of
 * the province; later ones cannot exist. A row that a failure left in both tables ends up there
 * once.
 */
const giveBack = (mapping: ExchangeMapping, table: AnswerTable): readonly string[] => {
  const kept = ANSWERS[table];
  const exchangeTable = mapping.tables[table];
  const { seqId } = mapping.columns[table];
  const columns = columnsOf(mapping, table);
  const there = `EXISTS (SELECT 1 FROM ${exchangeTable} X WHERE X.${seqId} = K.${seqId})`;
  return [
    `LOCK TABLE ${kept} IN EXCLUSIVE MODE`,
    ...(table === 'recv'
      ? [
          forgetReceived('SM_RECEIVE_T'),
          forgetReceived('SM_RECEIVE_T_LOG'),
          // Acknowledged before its event was published: it is archived again after that.
          `INSERT INTO SM_RECEIVE_T (${RECEIVED_COLUMNS}) SELECT ${RECEIVED_COLUMNS} FROM SM_RECEIVE_T_LOG WHERE ${ACKNOWLEDGED}`,
          `DELETE FROM SM_RECEIVE_T_LOG WHERE ${ACKNOWLEDGED}`,
          // The night job has already published the ones that are still in the history.
          `DELETE FROM ${kept} WHERE RECEIVED_ID IN (SELECT RECEIVED_ID FROM SM_RECEIVE_T_LOG)`,
        ]
      : []),
    `INSERT INTO ${exchangeTable} (${columns}) SELECT ${columns} FROM ${kept} K WHERE NOT ${there}`,
    `DELETE FROM ${kept} K WHERE ${there}`,
  ];
};

export type SwitchOff = {
  /** after these, rows stay in the exchange tables */
  readonly triggers: readonly string[];
  /** each in one transaction, if its table still exists */
  readonly giveBack: readonly { readonly kept: string; readonly statements: readonly string[] }[];
  readonly tables: readonly string[];
};

/**
 * Drops a trigger; a missing one (ORA-04080) is no error. Any other failure must stop the switch: a
 * trigger without its table would refuse the province's rows.
 */
const dropTrigger = (table: AnswerTable): string => `BEGIN
  EXECUTE IMMEDIATE 'DROP TRIGGER ${triggerName(table)}';
EXCEPTION
  WHEN OTHERS THEN
    IF SQLCODE != -4080 THEN
      RAISE;
    END IF;
END;`;

/**
 * Returns the owner's statements that give the answers back to the collector. A switch that broke
 * off can be repeated.
 */
export const switchAnswersOff = (mapping: ExchangeMapping): SwitchOff => ({
  triggers: ANSWER_TABLES.map(dropTrigger),
  giveBack: ANSWER_TABLES.map((table) => ({ kept: ANSWERS[table], statements: giveBack(mapping, table) })),
  tables: ANSWER_TABLES.map((table) => `DROP TABLE ${ANSWERS[table]} PURGE`),
});
