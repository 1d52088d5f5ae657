import type { Kafka, Message, Producer } from 'kafkajs';
import { partitionOf } from './murmur2';

/** A message that remembers its partition: see `createPartitioner`. */
export type PinnedMessage = Message & { pinned?: number };

const toBuffer = (bytes: Buffer | string): Buffer => (typeof bytes === 'string' ? Buffer.from(bytes) : bytes);

/**
 * The Java client's choice (murmur2 of the key; of the value when there is no key), made once for each message. A repeated attempt must put the same
 * records into the same partitions: the broker recognises a repetition by the sequence number of the partition alone, so a batch that went elsewhere
 * the first time would leave a number behind that makes the broker throw away the next one.
 */
const createPartitioner =
  () =>
  ({ message, partitionMetadata }: { message: PinnedMessage; partitionMetadata: readonly unknown[] }): number => {
    message.pinned ??=
      message.partition ?? partitionOf(toBuffer(message.key ?? message.value ?? ''), partitionMetadata.length);
    return message.pinned;
  };

/**
 * A connected idempotent producer: repeated attempts of one send are stored once, in order. Not connected means thrown away: after a failed
 * InitProducerId kafkajs goes on without idempotence and does not say so.
 * @param retries attempts of one send after the first; without an end, a send could hang for ever, and go on behind the back of who gave it up
 */
export const connectProducer = async (kafka: Kafka, retries: number): Promise<Producer> => {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner,
    retry: { retries },
  });
  try {
    await producer.connect();
    return producer;
  } catch (error) {
    await producer.disconnect().catch(() => undefined);
    throw error;
  }
};
