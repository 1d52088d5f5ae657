import { type BatchSource, partitionKey, type TopicPartition } from '../../../shared/kafka/ports';

const EVERY_MS = 1_000;

/**
 * Tells Kafka how far the group is, once a second: for lag tools only (the truth is in the offset rows), so a request for every batch would be work for nothing.
 */
export const createCommitHints = () => {
  const next = new Map<string, TopicPartition & { readonly offset: number }>();
  return {
    note: (slices: readonly (TopicPartition & { readonly nextOffset: number })[]): void => {
      for (const { topic, partition, nextOffset } of slices)
        next.set(partitionKey({ topic, partition }), { topic, partition, offset: nextOffset });
    },
    /** Returns what sends the last hint and ends it; to be called before the source closes. */
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
