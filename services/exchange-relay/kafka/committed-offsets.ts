import { type BatchSource, partitionKey, type TopicPartition } from '../../../shared/kafka/ports';

const HINT_MS = 1_000;

/** How far the relay is, as the offset rows say. */
export const createCommittedOffsets = () => {
  let committed = new Map<string, number>();
  const hints = new Map<string, TopicPartition & { readonly offset: number }>();
  return {
    /**
     * Replaces the positions by those of the assigned partitions, and returns them keyed for a
     * source.
     */
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
     * Commits to Kafka once a second, for lag tools only: the database decides. Returns a function
     * that commits for the last time and stops, to be called before the source closes.
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
