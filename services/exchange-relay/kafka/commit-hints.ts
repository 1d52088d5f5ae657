import { type BatchSource, partitionKey, type TopicPartition } from '../../../shared/kafka/ports';

const EVERY_MS = 1_000;

/**
 * Creates the hints that tell Kafka once a second how far the group is. They serve lag tools only,
 * because the offset rows decide; a request per batch would be wasted.
 */
export const createCommitHints = () => {
  const next = new Map<string, TopicPartition & { readonly offset: number }>();
  return {
    note: (slices: readonly (TopicPartition & { readonly nextOffset: number })[]): void => {
      for (const { topic, partition, nextOffset } of slices)
        next.set(partitionKey({ topic, partition }), { topic, partition, offset: nextOffset });
    },
    /**
     * Starts the hints. Returns a function that sends the last hint and ends them; call it before
     * the source closes.
     */
    commitTo: (source: Pick<BatchSource, 'commit'>): (() => Promise<void>) => {
      const commit = async (): Promise<void> => {
        const offsets = [...next.values()];
        next.clear();
        if (offsets.length > 0) await source.commit(offsets);
      };
      const timer = setInterval(() => void commit(), EVERY_MS);
      return async () => {
        clearInterval(timer);
        await commit();
      };
    },
  };
};
