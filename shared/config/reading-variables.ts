import { integer } from './define-config';

/** Variables of the services that consume topics which other systems write. */
export const readingVariables = {
  KAFKA_BATCH_MAX_BYTES: integer({
    doc: 'Largest size of a decompressed batch of records. A larger one becomes a dead letter, BATCH_UNREADABLE, before it takes memory.',
    default: '16777216',
    min: 1_048_576,
    max: 134_217_728,
  }),
};
