import { databaseChecks, databaseVariables } from '../../shared/config/database-variables';
import { atMost, type ConfigOf, defineConfig, integer } from '../../shared/config/define-config';
import { kafkaChecks, kafkaVariables } from '../../shared/config/kafka-variables';
import { countryCheck, messageVariables } from '../../shared/config/message-variables';
import { serviceVariables } from '../../shared/config/service-variables';

const { COUNTRY, ACCOUNTS_REFRESH_SECONDS } = messageVariables;

export const collectorConfig = defineConfig(
  'report-collector',
  "turns the gateway's submit results, delivery reports and inbound messages into events, and settles the ledger.",
  {
    ...serviceVariables,
    ...kafkaVariables,
    ...databaseVariables,
    DATABASE_POOL_MAX: integer({
      doc: 'Most connections this process opens: COLLECTOR_SLOTS for each of four loops, and two.',
      default: '10',
      min: 4,
      max: 100,
    }),
    COUNTRY,
    ACCOUNTS_REFRESH_SECONDS,
    COLLECTOR_BATCH_SIZE: integer({ doc: 'Most rows in one transaction.', default: '1000', min: 1, max: 5000 }),
    COLLECTOR_SLOTS: integer({
      doc: 'Transactions in flight for each exchange table while there is a backlog, each on a connection of its own.',
      default: '2',
      min: 1,
      max: 8,
    }),
    COLLECTOR_BUSY_PAUSE_MS: integer({
      doc: 'Pause after a batch that was not full, in which rows gather.',
      default: '5',
      min: 1,
      max: 1000,
    }),
    COLLECTOR_IDLE_PAUSE_MS: integer({
      doc: 'Longest pause between two looks at an empty table.',
      default: '250',
      min: 5,
      max: 10_000,
    }),
    REPORT_WINDOW_HOURS: integer({
      doc: "A gateway's id means the newest message to the report's number within these hours, because gateways reuse ids. A report without a message is remembered for the same time.",
      default: '72',
      min: 1,
      max: 8760,
    }),
    REPORT_WAIT_SECONDS: integer({
      doc: 'How long a report waits for its message, because the submit result may come later; then it is published as unmatched. It is remembered until REPORT_WINDOW_HOURS: if its message appears, the message is settled, with an event of its own.',
      default: '600',
      min: 0,
      max: 604_800,
    }),
    REPORT_RETRY_MS: integer({
      doc: 'A waiting report is tried again after this time, then after twice that, and so on up to 30 s.',
      default: '100',
      min: 10,
      max: 30_000,
    }),
    BACKLOG_CHECK_SECONDS: integer({
      doc: 'How often the rows in the exchange tables are counted for the metrics.',
      default: '10',
      min: 1,
      max: 3600,
    }),
  },
  [...kafkaChecks, ...databaseChecks, countryCheck, atMost('COLLECTOR_BUSY_PAUSE_MS', 'COLLECTOR_IDLE_PAUSE_MS')],
);

type CollectorConfig = ConfigOf<(typeof collectorConfig)['variables']>;

const RETRY_MAX_MS = 30_000;

/** Returns how long reports wait for their message, in ms. */
export const toWaitLimits = (config: CollectorConfig) => ({
  waitMs: config.REPORT_WAIT_SECONDS * 1000,
  retryMinMs: config.REPORT_RETRY_MS,
  retryMaxMs: RETRY_MAX_MS,
});

/** Returns the sizes and pauses of the loops. */
export const toLoopOptions = (config: CollectorConfig) => ({
  batchSize: config.COLLECTOR_BATCH_SIZE,
  slots: config.COLLECTOR_SLOTS,
  idle: { minMs: config.COLLECTOR_BUSY_PAUSE_MS, maxMs: config.COLLECTOR_IDLE_PAUSE_MS },
});
