import type { KafkaRecord } from '../kafka/ports';
import { failed, type Result } from '../result';
import type { Codec, DecodeProblem } from './codec-port';

/**
 * Decodes the values of records one by one, after fetching the missing schemas. A record that
 * stands for an unreadable batch gives the problem BATCH_UNREADABLE.
 * @throws what `Codec.learn` throws
 */
export const decodeRecords = async <T>(
  codec: Pick<Codec<T>, 'prefetchSchemas' | 'decode'>,
  records: readonly KafkaRecord[],
): Promise<readonly Result<T, DecodeProblem>[]> => {
  await codec.prefetchSchemas(records.flatMap(({ value, unreadable }) => (unreadable === undefined ? [value] : [])));
  return records.map(({ value, unreadable }) =>
    unreadable === undefined
      ? codec.decode(value)
      : failed({ reason: 'BATCH_UNREADABLE', message: unreadable.message }),
  );
};
