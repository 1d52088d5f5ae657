import { databaseChecks, databaseVariables } from '../../shared/config/database-variables';
import { defineConfig, flag, loadConfig, oneOf, optional } from '../../shared/config/define-config';
import { kafkaChecks, kafkaVariables } from '../../shared/config/kafka-variables';
import { messageVariables } from '../../shared/config/message-variables';
import { findMisspelt } from '../../shared/config/misspelt-variables';

const kafkaSettings = defineConfig('sms-bridge', 'Kafka', kafkaVariables, kafkaChecks);
const databaseSettings = defineConfig('sms-bridge', 'database', databaseVariables, databaseChecks);

export const loadKafkaSettings = (env: NodeJS.ProcessEnv) => loadConfig(kafkaSettings, env);

export const loadDatabaseSettings = (env: NodeJS.ProcessEnv) => loadConfig(databaseSettings, env);

const migrationVariables = {
  ...databaseVariables,
  ORACLE_TABLESPACES: flag({
    doc: 'Oracle: put tables and indexes into the nine tablespaces, which a DBA has created (sms-bridge oracle script dba).',
    default: 'on',
  }),
  ORACLE_LOG_PARTITIONS: flag({
    doc: "Oracle: partition the two histories by month, which needs Oracle's licence for partitioning.",
    default: 'off',
  }),
  ORACLE_ANSWERS_IN_DATABASE: optional(
    oneOf(['on', 'off'], {
      doc: "Oracle, for a time without Kafka. on: triggers enter the province's replies into the live tables. off: the kept replies go to the collector. Unset: no change.",
    }),
  ),
  COUNTRY: messageVariables.COUNTRY,
};
const migrationSettings = defineConfig('sms-bridge', 'migrations', migrationVariables, databaseChecks);

export const loadMigrationSettings = (env: NodeJS.ProcessEnv) => loadConfig(migrationSettings, env);

export type KafkaSettings = ReturnType<typeof loadKafkaSettings>;
export type DatabaseSettings = ReturnType<typeof loadDatabaseSettings>;

/**
 * Returns a line for each variable of the environment that nearly is one of the command line's.
 * Variables that only some commands read count too.
 */
export const misspeltVariables = (env: NodeJS.ProcessEnv): readonly string[] =>
  findMisspelt({ ...kafkaVariables, ...messageVariables, ...migrationVariables }, env);
