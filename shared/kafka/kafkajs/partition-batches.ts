import { type OutgoingRecord, partitionKey, type TopicPartition } from '../ports';
import { toPartition } from './murmur2';
import type { PartitionMessages } from './private-api';

/** The records of one partition. The broker detects a repetition by the first sequence number. */
export type PartitionBatch = PartitionMessages & { readonly topic: string; readonly messages: object[] };

/** Sequence numbers have 31 bits and wrap to 0. */
const SEQUENCE_MODULUS = 2 ** 31;

const toBuffer = (bytes: Buffer | string): Buffer => (typeof bytes === 'string' ? Buffer.from(bytes) : bytes);

/**
 * Groups records by partition, in their order. A record without a partition gets the one that
 * Kafka's Java client would choose: by murmur2 of the key, or of the value if there is no key.
 * @throws Error for a topic of which no partition is known
 */
export const toPartitionBatches = (
  records: readonly OutgoingRecord[],
  countPartitions: (topic: string) => number,
  sequenceOf: (topicPartition: TopicPartition) => number,
): readonly PartitionBatch[] => {
  const batches = new Map<string, PartitionBatch>();
  for (const { topic, key: recordKey, value, headers, partition: wanted } of records) {
    const count = countPartitions(topic);
    if (count === 0) throw new Error(`the topic ${topic} is not known yet`);
    const key = recordKey === null ? null : toBuffer(recordKey);
    const topicPartition = { topic, partition: wanted ?? toPartition(key ?? value ?? Buffer.alloc(0), count) };
    const message = { key, value, ...(headers === undefined ? {} : { headers }) };
    const batch = batches.get(partitionKey(topicPartition));
    if (batch === undefined)
      batches.set(partitionKey(topicPartition), {
        ...topicPartition,
        firstSequence: sequenceOf(topicPartition),
        messages: [message],
      });
    else batch.messages.push(message);
  }
  return [...batches.values()];
};

/** Returns the sequence number after this batch. */
export const sequenceAfter = ({ firstSequence, messages }: PartitionBatch): number =>
  (firstSequence + messages.length) % SEQUENCE_MODULUS;

const groupBy = <K>(batches: readonly PartitionBatch[], keyOf: (batch: PartitionBatch) => K) => {
  const groups = new Map<K, PartitionBatch[]>();
  for (const batch of batches) {
    const group = groups.get(keyOf(batch));
    if (group === undefined) groups.set(keyOf(batch), [batch]);
    else group.push(batch);
  }
  return [...groups];
};

/** Returns the records in the shape of a Produce request. */
export const groupByTopic = (batches: readonly PartitionBatch[]) =>
  groupBy(batches, ({ topic }) => topic).map(([topic, partitions]) => ({ topic, partitions }));

export const groupByLeader = (
  batches: readonly PartitionBatch[],
  leaderOf: (topicPartition: TopicPartition) => number,
): readonly (readonly [leader: number, batches: readonly PartitionBatch[]])[] => groupBy(batches, leaderOf);
