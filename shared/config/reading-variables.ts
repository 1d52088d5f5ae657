import { integer } from './define-config';

/** For the services that read topics which others write. */
export const readingVariables = {
  KAFKA_BATCH_MAX_BYTES: integer({
    doc: 'What one batch of records may inflate to. One that would be more becomes a dead letter, BATCH_UNREADABLE, before it takes memory.',
    default: '16777216',
    min: 1_048_576,
    max: 134_217_728,
  }),
};
