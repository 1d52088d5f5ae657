import { databaseChecks, databaseVariables } from '../../shared/config/database-variables';
import { type ConfigOf, defineConfig, integer, text } from '../../shared/config/define-config';
import { kafkaChecks, kafkaVariables } from '../../shared/config/kafka-variables';
import { readingVariables } from '../../shared/config/reading-variables';
import { serviceVariables } from '../../shared/config/service-variables';
import { createCronTicks } from '../../shared/timing/cron-ticks';

/** The variables of a run. The command line's `archive run` reads them too. */
export const archiveVariables = {
  REPORT_DEADLINE_HOURS: integer({
    doc: 'A handed-over message without a final reply becomes UNKNOWN after this time.',
    default: '72',
    min: 1,
  }),
  RECEIVED_RETRY_HOURS: integer({
    doc: 'A received message without an acknowledgement is published again after this time.',
    default: '24',
    min: 1,
  }),
  RECEIVED_MAX_ATTEMPTS: integer({
    doc: 'How often a received message is published at most; then it goes to the history as unprocessed.',
    default: '5',
    min: 1,
    max: 1000,
  }),
  PENDING_ACK_DAYS: integer({
    doc: 'An acknowledgement of a received message that never appears becomes a dead letter after this time.',
    default: '7',
    min: 1,
  }),
  SEND_LOG_RETENTION_DAYS: integer({ doc: 'How long SM_SEND_T_LOG keeps rows.', default: '730', min: 1 }),
  RECEIVE_LOG_RETENTION_DAYS: integer({ doc: 'How long SM_RECEIVE_T_LOG keeps rows.', default: '730', min: 1 }),
  ARCHIVE_SLICE_ROWS: integer({ doc: 'Most rows in one transaction.', default: '1000', min: 1, max: 20_000 }),
};

export const archiverConfig = defineConfig(
  'archiver',
  "moves the day's finished rows to the history every night, and notes what the business systems have processed.",
  {
    ...serviceVariables,
    ...kafkaVariables,
    ...databaseVariables,
    ...readingVariables,
    ARCHIVE_CRON: text({
      doc: 'When to archive: minute hour day month weekday. A missed or failed run is made up for.',
      default: '30 1 * * *',
    }),
    ARCHIVE_TIME_ZONE: text({
      doc: 'Time zone of ARCHIVE_CRON, e.g. Asia/Shanghai or UTC; also of times that the command shows and reads, unless it is given --time-zone.',
      default: 'Asia/Shanghai',
    }),
    ARCHIVE_CHECK_SECONDS: integer({
      doc: 'How often the archiver checks whether it is time to run. After a failed run the pause doubles, up to an hour.',
      default: '30',
      min: 1,
      max: 3600,
    }),
    ...archiveVariables,
    ARCHIVER_GROUP: text({ doc: 'Consumer group that reads sms.received.ack.', default: 'archiver' }),
    ACK_BATCH_SIZE: integer({ doc: 'Most acknowledgements in one transaction.', default: '500', min: 1, max: 5000 }),
    ACK_RETRY_SECONDS: integer({
      doc: 'How often acknowledgements that came before their message are tried again.',
      default: '5',
      min: 1,
      max: 3600,
    }),
  },
  [
    ...kafkaChecks,
    ...databaseChecks,
    {
      of: ['ARCHIVE_CRON', 'ARCHIVE_TIME_ZONE'],
      check: (config) => createCronTicks(config.ARCHIVE_CRON, config.ARCHIVE_TIME_ZONE),
    },
  ],
);

type ArchiveConfig = ConfigOf<typeof archiveVariables>;

const HOUR_MS = 3_600_000;

/** Returns the limits of a run in milliseconds and rows. */
export const toArchiveLimits = (config: ArchiveConfig) => ({
  reportDeadlineMs: config.REPORT_DEADLINE_HOURS * HOUR_MS,
  receivedRetryMs: config.RECEIVED_RETRY_HOURS * HOUR_MS,
  receivedMaxAttempts: config.RECEIVED_MAX_ATTEMPTS,
  pendingAckMs: config.PENDING_ACK_DAYS * 24 * HOUR_MS,
  sendLogRetentionMs: config.SEND_LOG_RETENTION_DAYS * 24 * HOUR_MS,
  receiveLogRetentionMs: config.RECEIVE_LOG_RETENTION_DAYS * 24 * HOUR_MS,
  sliceRows: config.ARCHIVE_SLICE_ROWS,
});
