import type { KafkaRecord, TopicPartition } from '../../../shared/kafka/ports';
import type { Slice } from './record-buffer';

/**
 * The offset row is before the records in hand: an operator moved it back or removed it. Reading
 * must continue from `next`.
 */
export class OffsetMoved extends Error {
  readonly topicPartition: TopicPartition;
  readonly next: number | undefined;

  constructor(partition: TopicPartition, next: number | undefined) {
    super(
      `the offset row of ${partition.topic}/${partition.partition} was ${next === undefined ? 'removed' : `moved back to ${next}`}`,
    );
    this.name = 'OffsetMoved';
    this.topicPartition = partition;
    this.next = next;
  }
}

/**
 * Returns the records that are not handed over yet, according to the offset rows.
 * @param next the next offset of each partition
 * @throws OffsetMoved
 */
export const dropReplays = (slices: readonly Slice[], next: ReadonlyMap<number, number>): readonly KafkaRecord[] =>
  slices.flatMap((slice) => {
    const from = next.get(slice.partition);
    if (from === undefined || from < slice.from) throw new OffsetMoved(slice, from);
    return from === slice.from ? slice.records : slice.records.filter((record) => record.offset >= from);
  });

/**
 * Returns the new offsets, which never go backwards: a relay that was replaced while it was frozen
 * holds offsets that its successor has passed.
 */
export const toNextOffsets = (slices: readonly Slice[], next: ReadonlyMap<number, number>) =>
  slices.map(({ topic, partition, nextOffset }) => ({
    topic,
    partition,
    nextOffset: Math.max(nextOffset, next.get(partition) ?? 0),
  }));
