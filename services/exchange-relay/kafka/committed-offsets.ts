import { type BatchSource, partitionKey, type TopicPartition } from '../../../shared/kafka/ports';

const HINT_MS = 1_000;

/** How far the relay is, as the offset rows say. */
export const createCommittedOffsets = () => {
  let committed = new Map<string, number>();
  const hints = new Map<string, TopicPartition & { readonly offset: number }>();
  return {
    /** Takes the positions of the present partitions; forgets all others. Returns them as a source wants them. */
    assign: (positions: ReadonlyMap<TopicPartition, number>): ReadonlyMap<string, number> => {
      committed = new Map([...positions].map(([partition, offset]) => [partitionKey(partition), offset]));
      return new Map(committed);
    },
    note: (slices: readonly (TopicPartition & { readonly nextOffset: number })[]): void => {
      for (const { topic, partition, nextOffset: offset } of slices) {
        const key = partitionKey({ topic, partition });
        committed.set(key, offset);
        hints.set(key, { topic, partition, offset });
      }
    },
    offset: (partition: TopicPartition): number | undefined => committed.get(partitionKey(partition)),
    /**
     * Tells Kafka, once a second: for lag tools only, so a request for every batch would be work for nothing. Returns what sends the last hint and ends
     * it; to be called before the source closes.
     */
    hintTo: (source: Pick<BatchSource, 'commit'>): (() => Promise<void>) => {
      const commit = async (): Promise<void> => {
        const offsets = [...hints.values()];
        hints.clear();
        if (offsets.length > 0) await source.commit(offsets);
      };
      const timer = setInterval(() => void commit(), HINT_MS);
      return async () => {
        clearInterval(timer);
        await commit();
      };
    },
  };
};

export type CommittedOffsets = ReturnType<typeof createCommittedOffsets>;
