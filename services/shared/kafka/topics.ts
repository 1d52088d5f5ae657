import type { Kafka } from 'kafkajs';
import { toKafkaError } from './kafka-errors';

export type TopicNames = {
  readonly send: string;
  readonly status: string;
  readonly received: string;
  readonly receivedAck: string;
  readonly deadLetter: string;
};

/** The topics of one environment: all of them behind TOPIC_PREFIX. */
export const toTopicNames = (prefix = ''): TopicNames => ({
  send: `${prefix}sms.send`,
  status: `${prefix}sms.status`,
  received: `${prefix}sms.received`,
  receivedAck: `${prefix}sms.received.ack`,
  deadLetter: `${prefix}sms.dead-letter`,
});

/** A consumer group of one environment, behind TOPIC_PREFIX like its topics. */
export const toGroupId = (group: string, prefix = ''): string => `${prefix}${group}`;

const DAY_MS = 86_400_000;

/** How each topic keeps its records. Times of the contract: business systems have so long to read. */
export const TOPIC_CONFIG: { readonly [T in keyof TopicNames]: Readonly<Record<string, string>> } = {
  send: { 'cleanup.policy': 'delete', 'retention.ms': String(7 * DAY_MS) },
  status: { 'cleanup.policy': 'compact,delete', 'retention.ms': String(14 * DAY_MS) },
  received: { 'cleanup.policy': 'delete', 'retention.ms': String(7 * DAY_MS) },
  receivedAck: { 'cleanup.policy': 'delete', 'retention.ms': String(7 * DAY_MS) },
  deadLetter: { 'cleanup.policy': 'delete', 'retention.ms': String(30 * DAY_MS) },
};

/**
 * Creates the topics that are missing; the ones that exist stay as they are.
 * @returns the names that were created
 * @throws BridgeError KAFKA_…
 */
export const createTopics = async (
  kafka: Kafka,
  names: TopicNames,
  options: { readonly partitions: number; readonly replicationFactor: number },
): Promise<readonly string[]> => {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const existing = new Set(await admin.listTopics());
    const missing = (Object.keys(names) as (keyof TopicNames)[]).filter((topic) => !existing.has(names[topic]));
    if (missing.length === 0) return [];
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map((topic) => ({
        topic: names[topic],
        numPartitions: options.partitions,
        replicationFactor: options.replicationFactor,
        configEntries: Object.entries(TOPIC_CONFIG[topic]).map(([name, value]) => ({ name, value })),
      })),
    });
    return missing.map((topic) => names[topic]);
  } catch (error) {
    throw toKafkaError(error);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};
