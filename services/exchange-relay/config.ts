import { databaseChecks, databaseVariables } from '../../shared/config/database-variables';
import { below, type ConfigOf, defineConfig, integer, text } from '../../shared/config/define-config';
import { kafkaChecks, kafkaVariables } from '../../shared/config/kafka-variables';
import { countryCheck, messageVariables } from '../../shared/config/message-variables';
import { readingVariables } from '../../shared/config/reading-variables';
import { serviceVariables } from '../../shared/config/service-variables';

export const relayConfig = defineConfig(
  'exchange-relay',
  'hands messages from sms.send over to the exchange table, each exactly once.',
  {
    ...serviceVariables,
    ...kafkaVariables,
    ...databaseVariables,
    ...messageVariables,
    ...readingVariables,
    RELAY_GROUP: text({
      doc: 'Consumer group, and owner of the offset rows. A new name reads the topic from its beginning; the ledger drops what was handed over.',
      default: 'exchange-relay',
    }),
    RELAY_BATCH_SIZE: integer({ doc: 'Most messages in one transaction.', default: '1000', min: 1, max: 5000 }),
    RELAY_SLOTS: integer({
      doc: 'Transactions in flight at once, each on a connection of its own.',
      default: '2',
      min: 1,
      max: 8,
    }),
    RELAY_BUFFER_HIGH: integer({
      doc: 'Buffered messages at which the partitions are paused.',
      default: '4000',
      min: 100,
    }),
    RELAY_BUFFER_LOW: integer({ doc: 'Buffered messages at which they are resumed.', default: '2000', min: 1 }),
    RELAY_BUFFER_BYTES: integer({
      doc: 'Buffered bytes at which the partitions are paused; they are resumed at half of it.',
      default: '33554432',
      min: 1_048_576,
    }),
    EXCHANGE_HIGH_ROWS: integer({
      doc: 'Rows waiting in the exchange table at which the relay pauses.',
      default: '100000',
      min: 1,
    }),
    EXCHANGE_LOW_ROWS: integer({ doc: 'Rows at which it continues.', default: '50000', min: 0 }),
    EXCHANGE_HIGH_AGE_SECONDS: integer({
      doc: 'Age of the oldest waiting row at which the relay pauses.',
      default: '900',
      min: 1,
    }),
    EXCHANGE_LOW_AGE_SECONDS: integer({ doc: 'Age at which it continues.', default: '300', min: 0 }),
    EXCHANGE_CHECK_MS: integer({
      doc: 'How often the waiting rows of the exchange table are counted.',
      default: '1000',
      min: 50,
    }),
    DISPATCH_POLL_MS: integer({
      doc: 'How often the relay looks for scheduled messages whose time has come.',
      default: '1000',
      min: 20,
    }),
  },
  [
    ...kafkaChecks,
    ...databaseChecks,
    countryCheck,
    below('RELAY_BUFFER_LOW', 'RELAY_BUFFER_HIGH'),
    below('EXCHANGE_LOW_ROWS', 'EXCHANGE_HIGH_ROWS'),
    below('EXCHANGE_LOW_AGE_SECONDS', 'EXCHANGE_HIGH_AGE_SECONDS'),
  ],
);

type RelayConfig = ConfigOf<(typeof relayConfig)['variables']>;

/** Returns the limits of the relay's loop. */
export const toRelayOptions = (config: RelayConfig) => ({
  batchSize: config.RELAY_BATCH_SIZE,
  slots: config.RELAY_SLOTS + 1,
  bufferHigh: config.RELAY_BUFFER_HIGH,
  bufferLow: config.RELAY_BUFFER_LOW,
  bufferBytes: config.RELAY_BUFFER_BYTES,
  marks: {
    highRows: config.EXCHANGE_HIGH_ROWS,
    lowRows: config.EXCHANGE_LOW_ROWS,
    highAgeMs: config.EXCHANGE_HIGH_AGE_SECONDS * 1000,
    lowAgeMs: config.EXCHANGE_LOW_AGE_SECONDS * 1000,
  },
  depthCheckMs: config.EXCHANGE_CHECK_MS,
});
