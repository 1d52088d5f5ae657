import type { KafkaRecord, TopicPartition } from '../../../shared/kafka/ports';
import type { Slice } from './record-buffer';

/** The offset row stands before the records in hand: somebody moved it back (or removed it). Reading must go on from `next`. */
export class OffsetMoved extends Error {
  readonly at: TopicPartition;
  readonly next: number | undefined;

  constructor(at: TopicPartition, next: number | undefined) {
    super(
      `the offset row of ${at.topic}/${at.partition} was ${next === undefined ? 'removed' : `moved back to ${next}`}`,
    );
    this.name = 'OffsetMoved';
    this.at = at;
    this.next = next;
  }
}

/** The records that the offset rows say are not handed over yet. `next`: the next offset of each partition. @throws OffsetMoved */
export const withoutReplays = (slices: readonly Slice[], next: ReadonlyMap<number, number>): readonly KafkaRecord[] =>
  slices.flatMap((slice) => {
    const from = next.get(slice.partition);
    if (from === undefined || from < slice.from) throw new OffsetMoved(slice, from);
    return from === slice.from ? slice.records : slice.records.filter((record) => record.offset >= from);
  });

/** Never backwards: a relay that was replaced while it slept holds offsets that its successor has passed. */
export const furthest = (slices: readonly Slice[], next: ReadonlyMap<number, number>) =>
  slices.map(({ topic, partition, nextOffset }) => ({
    topic,
    partition,
    nextOffset: Math.max(nextOffset, next.get(partition) ?? 0),
  }));
