import { BridgeError } from '../../shared/errors';
import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import type { Country } from '../../shared/sms/normalise-msisdn';
import { RECEIVED_COLUMNS } from '../0002-access/objects-oracle';
import { requireCompiled } from '../oracle/check-code';
import { type MigrationOptions, placeIn } from '../oracle/oracle-tablespaces';
import { recvTrigger } from './enter-received';
import { ANSWER_TABLES, ANSWERS, type AnswerTable, triggerName } from './kept-tables';
import { columnsOf } from './move-trigger';
import { reportTrigger, respTrigger } from './settle-answers';

/** Who looks whether answers are settled in the database, and who counts what is kept. */
const READERS = ['SMS_PRODUCER', 'SMS_RELAY', 'SMS_COLLECTOR', 'SMS_ARCHIVER', 'SMS_ADMINISTRATOR'];

/**
 * The triggers of answers that are settled in the database.
 * @throws BridgeError EXCHANGE_FILE_INVALID for codes that Oracle's regular expressions cannot say
 */
export const answerTriggers = (names: ExchangeNames, country: Country): Readonly<Record<AnswerTable, string>> => ({
  resp: respTrigger(names, country),
  report: reportTrigger(names, country),
  recv: recvTrigger(names, country),
});

/** Whose a table is does not matter to a trigger; that its owner may make triggers there does. @throws BridgeError EXCHANGE_FILE_INVALID */
const requireOwnTables = ({ tables }: ExchangeNames): void => {
  const foreign = ANSWER_TABLES.map((table) => tables[table]).filter((name) => name.includes('.'));
  if (foreign.length === 0) return;
  throw new BridgeError(
    'EXCHANGE_FILE_INVALID',
    `answers can be settled in the database only where the exchange tables are the owner's; these are another schema's: ${foreign.join(', ')}`,
  );
};

/** Who decodes is the collector. @throws BridgeError EXCHANGE_FILE_INVALID */
const requirePlainText = ({ codes }: ExchangeNames): void => {
  if (codes.recvContent === 'text') return;
  throw new BridgeError(
    'EXCHANGE_FILE_INVALID',
    'codes.recvContent: answers can be settled in the database only where CONTENT of inbound rows is text',
  );
};

/**
 * The owner's statements that have the database settle the answers. Rows are copied with the types that they have in the exchange table today.
 * Each may be run again.
 * @throws BridgeError EXCHANGE_FILE_INVALID
 */
export const switchAnswersOn = (
  names: ExchangeNames,
  options: MigrationOptions,
  country: Country,
): readonly string[] => {
  requireOwnTables(names);
  requirePlainText(names);
  const place = placeIn(options);
  const triggers = answerTriggers(names, country);
  const { gatewayMsgId } = names.columns.report;
  return [
    ...ANSWER_TABLES.flatMap((table) => [
      `CREATE TABLE ${ANSWERS[table]} INITRANS 16${place('exchange')}
AS SELECT ${columnsOf(names, table)}, CAST(NULL AS TIMESTAMP(3)) AS KEPT_AT${table === 'recv' ? ', CAST(NULL AS VARCHAR2(64 CHAR)) AS RECEIVED_ID' : ''}
  FROM ${names.tables[table]} WHERE 1 = 0`,
      `CREATE UNIQUE INDEX ${ANSWERS[table]}_UK ON ${ANSWERS[table]} (${names.columns[table].seqId}) INITRANS 16${place('exchangeIndex')}`,
    ]),
    ...(gatewayMsgId === null
      ? []
      : [
          `CREATE INDEX ${ANSWERS.report}_KEY ON ${ANSWERS.report} (LTRIM(UPPER(TRIM(${gatewayMsgId})), '0')) INITRANS 16${place('exchangeIndex')}`,
        ]),
    `CREATE INDEX ${ANSWERS.recv}_ID ON ${ANSWERS.recv} (RECEIVED_ID) INITRANS 16${place('exchangeIndex')}`,
    ...ANSWER_TABLES.flatMap((table) => READERS.map((role) => `GRANT SELECT ON ${ANSWERS[table]} TO ${role}`)),
    ...ANSWER_TABLES.flatMap((table) => [triggers[table], requireCompiled(triggerName(table))]),
    // all of them compile
    ...ANSWER_TABLES.map((table) => `ALTER TRIGGER ${triggerName(table)} ENABLE`),
  ];
};

/** An inbound message that nobody has met outside the database yet: its event makes it anew, as the collector enters it. */
const forgetReceived = (table: string): string =>
  `DELETE FROM ${table} WHERE ATTEMPT = 1 AND PROCESSED_AT IS NULL AND RECEIVED_ID IN (SELECT RECEIVED_ID FROM ${ANSWERS.recv})`;

/** An inbound message of the history that was read without its event. */
const ACKNOWLEDGED = `ATTEMPT = 1 AND RECEIVED_ID IN (SELECT RECEIVED_ID FROM ${ANSWERS.recv})`;

/**
 * Gives the kept rows of a table back to it, with their numbers, so that their events have the identity they would have had: one transaction. The lock waits
 * for inserts of the province that are not committed yet; there can be no later ones. A row that a failure left in both places is there once.
 */
const giveBack = (names: ExchangeNames, table: AnswerTable): readonly string[] => {
  const kept = ANSWERS[table];
  const to = names.tables[table];
  const { seqId } = names.columns[table];
  const columns = columnsOf(names, table);
  const there = `EXISTS (SELECT 1 FROM ${to} X WHERE X.${seqId} = K.${seqId})`;
  return [
    `LOCK TABLE ${kept} IN EXCLUSIVE MODE`,
    ...(table === 'recv'
      ? [
          forgetReceived('SM_RECEIVE_T'),
          forgetReceived('SM_RECEIVE_T_LOG'),
          // acknowledged before its event was published: archived again when that has come
          `INSERT INTO SM_RECEIVE_T (${RECEIVED_COLUMNS}) SELECT ${RECEIVED_COLUMNS} FROM SM_RECEIVE_T_LOG WHERE ${ACKNOWLEDGED}`,
          `DELETE FROM SM_RECEIVE_T_LOG WHERE ${ACKNOWLEDGED}`,
          // what is still in the history was published by the night job
          `DELETE FROM ${kept} WHERE RECEIVED_ID IN (SELECT RECEIVED_ID FROM SM_RECEIVE_T_LOG)`,
        ]
      : []),
    `INSERT INTO ${to} (${columns}) SELECT ${columns} FROM ${kept} K WHERE NOT ${there}`,
    `DELETE FROM ${kept} K WHERE ${there}`,
  ];
};

export type SwitchOff = {
  /** from then on rows stay in the exchange tables */
  readonly triggers: readonly string[];
  /** each in one transaction, if its table is still there */
  readonly giveBack: readonly { readonly kept: string; readonly statements: readonly string[] }[];
  readonly tables: readonly string[];
};

/** One that is gone already is gone; one that cannot be dropped must stop everything: without its table it would refuse the province's rows. */
const dropTrigger = (table: AnswerTable): string => `BEGIN
  EXECUTE IMMEDIATE 'DROP TRIGGER ${triggerName(table)}';
EXCEPTION
  WHEN OTHERS THEN
    IF SQLCODE != -4080 THEN
      RAISE;
    END IF;
END;`;

/** The owner's way back. Broken off, it is begun again. */
export const switchAnswersOff = (names: ExchangeNames): SwitchOff => ({
  triggers: ANSWER_TABLES.map(dropTrigger),
  giveBack: ANSWER_TABLES.map((table) => ({ kept: ANSWERS[table], statements: giveBack(names, table) })),
  tables: ANSWER_TABLES.map((table) => `DROP TABLE ${ANSWERS[table]} PURGE`),
});
