import type { Kafka } from 'kafkajs';
import { pause } from '../../timing/pause';
import { retryWhile } from '../../timing/retry';
import { toTopicError } from './kafka-errors';
import { withClusters } from './private-api';

/** Some ten seconds in all. */
const ATTEMPTS = 14;
const RETRY = { minMs: 50, maxMs: 1_000 };

type LogRange = ReadonlyMap<number, { readonly low: number; readonly high: number }>;

const fetchOnce = async (kafka: Kafka, topic: string): Promise<LogRange> => {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(topic);
    return new Map(offsets.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]));
  } catch (error) {
    throw toTopicError(error, topic);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};

/**
 * Returns the log end offset of each partition, including records of open transactions, which
 * kafkajs' admin leaves out. Does not retry.
 * @throws BridgeError TOPIC_MISSING, KAFKA_UNAVAILABLE
 */
export const fetchLogEnds = async (kafka: Kafka, topic: string): Promise<ReadonlyMap<number, number>> => {
  const READ_UNCOMMITTED = 0;
  const seeing = withClusters(kafka, (create) => (options) => create({ ...options, isolationLevel: READ_UNCOMMITTED }));
  return new Map([...(await fetchOnce(seeing, topic))].map(([partition, { high }]) => [partition, high]));
};

/**
 * Returns the first offset (`low`) and the last stable offset (`high`) of each partition. Retries,
 * as kafkajs does not: a partition has no leader for a moment after its topic was created or its
 * broker was restarted.
 * @throws BridgeError TOPIC_MISSING, KAFKA_UNAVAILABLE when that lasts longer than some ten seconds
 */
export const fetchLogRange = (kafka: Kafka, topic: string): Promise<LogRange> =>
  retryWhile({ retryable: (_, failures) => failures < ATTEMPTS, backoff: RETRY, pause }, () => fetchOnce(kafka, topic));
