import type { Kafka } from 'kafkajs';
import { toKafkaError } from './kafka-errors';

/** First offset (`low`) and log end offset (`high`) of each partition. @throws BridgeError KAFKA_UNAVAILABLE */
export const fetchLogRange = async (
  kafka: Kafka,
  topic: string,
): Promise<ReadonlyMap<number, { readonly low: number; readonly high: number }>> => {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(topic);
    return new Map(offsets.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]));
  } catch (error) {
    throw toKafkaError(error);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};
