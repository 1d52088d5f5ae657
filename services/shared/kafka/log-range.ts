import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { toKafkaError } from './kafka-errors';

const ATTEMPTS = 20;
const LONGEST_PAUSE_MS = 1_000;

type LogRange = ReadonlyMap<number, { readonly low: number; readonly high: number }>;

const fetchOnce = async (kafka: Kafka, topic: string): Promise<LogRange> => {
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

/**
 * First offset (`low`) and log end offset (`high`) of each partition. kafkajs does not repeat this request by itself, and a partition has no leader for a
 * moment after its topic was created or its broker was restarted.
 * @throws BridgeError KAFKA_UNAVAILABLE when that lasts longer than some ten seconds
 */
export const fetchLogRange = async (kafka: Kafka, topic: string): Promise<LogRange> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetchOnce(kafka, topic);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await sleep(Math.min(LONGEST_PAUSE_MS, 50 * attempt));
    }
  }
};
