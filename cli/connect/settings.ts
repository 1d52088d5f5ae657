import { databaseVariables } from '../../shared/config/database-variables';
import { defineConfig, flag, loadConfig, oneOf, optional } from '../../shared/config/define-config';
import { kafkaVariables } from '../../shared/config/kafka-variables';
import { messageVariables } from '../../shared/config/message-variables';

const kafkaSettings = defineConfig('sms-bridge', 'Kafka', kafkaVariables);
const databaseSettings = defineConfig('sms-bridge', 'database', databaseVariables);

export const loadKafkaSettings = (env: NodeJS.ProcessEnv) => loadConfig(kafkaSettings, env);

export const loadDatabaseSettings = (env: NodeJS.ProcessEnv) => loadConfig(databaseSettings, env);

const migrationSettings = defineConfig('sms-bridge', 'migrations', {
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
});

export const loadMigrationSettings = (env: NodeJS.ProcessEnv) => loadConfig(migrationSettings, env);

export type KafkaSettings = ReturnType<typeof loadKafkaSettings>;
export type DatabaseSettings = ReturnType<typeof loadDatabaseSettings>;
