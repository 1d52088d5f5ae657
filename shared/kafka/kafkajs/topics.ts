import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, ITopicMetadata, Kafka } from 'kafkajs';
import { BridgeError } from '../../errors';
import { toKafkaError } from './kafka-errors';

export type TopicNames = {
  readonly send: string;
  readonly status: string;
  readonly received: string;
  readonly receivedAck: string;
  readonly deadLetter: string;
};

/** Returns the topic names of one environment: each begins with TOPIC_PREFIX. */
export const toTopicNames = (prefix = ''): TopicNames => ({
  send: `${prefix}sms.send`,
  status: `${prefix}sms.status`,
  received: `${prefix}sms.received`,
  receivedAck: `${prefix}sms.received.ack`,
  deadLetter: `${prefix}sms.dead-letter`,
});

/** Returns the name of a consumer group of one environment: it begins with TOPIC_PREFIX. */
export const toGroupId = (group: string, prefix = ''): string => `${prefix}${group}`;

const DAY_MS = 86_400_000;

/**
 * Makes the broker decompress each published batch, so that it refuses an unreadable or oversized
 * one to its publisher. The services handle such batches without it too.
 */
const INFLATED = { 'compression.type': 'uncompressed' };

/**
 * The retention of each topic. The contract with the business systems sets the times. The broker
 * compresses dead letters, and limits them to 1 GiB per partition: any publisher can cause any
 * number.
 */
export const TOPIC_CONFIG: { readonly [T in keyof TopicNames]: Readonly<Record<string, string>> } = {
  send: { 'cleanup.policy': 'delete', 'retention.ms': String(7 * DAY_MS), ...INFLATED },
  status: { 'cleanup.policy': 'compact,delete', 'retention.ms': String(14 * DAY_MS) },
  received: { 'cleanup.policy': 'delete', 'retention.ms': String(7 * DAY_MS) },
  receivedAck: { 'cleanup.policy': 'delete', 'retention.ms': String(7 * DAY_MS), ...INFLATED },
  deadLetter: {
    'cleanup.policy': 'delete',
    'retention.ms': String(30 * DAY_MS),
    'compression.type': 'gzip',
    'retention.bytes': String(1_073_741_824),
  },
};

const LEADERS_LIMIT_MS = 15_000;
const NOT_YET = ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'];

/**
 * Returns the topics with their partitions; undefined while the asked broker does not know all of
 * them.
 * @throws what kafkajs throws
 */
export const findPartitions = async (
  admin: Admin,
  names: readonly string[],
): Promise<readonly ITopicMetadata[] | undefined> => {
  try {
    return (await admin.fetchTopicMetadata({ topics: [...names] })).topics;
  } catch (error) {
    if (NOT_YET.includes((error as { type?: string }).type ?? '')) return undefined;
    throw error;
  }
};

const haveLeaders = async (admin: Admin, names: readonly string[]): Promise<boolean> => {
  const topics = await findPartitions(admin, names);
  return (
    topics?.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)) === true
  );
};

/** kafkajs' own waiting fails while the broker does not know a topic that was just created. */
const untilLed = async (admin: Admin, names: readonly string[]): Promise<void> => {
  const deadline = Date.now() + LEADERS_LIMIT_MS;
  while (!(await haveLeaders(admin, names))) {
    if (Date.now() > deadline) {
      throw new BridgeError('KAFKA_UNAVAILABLE', `the new topics have no leaders after ${LEADERS_LIMIT_MS} ms`, {
        retryable: true,
      });
    }
    await sleep(50);
  }
};

/**
 * Creates the topics that are missing; the ones that exist stay as they are.
 * @returns the names that were created
 * @throws BridgeError KAFKA_…
 */
export const createTopics = async (
  kafka: Kafka,
  names: TopicNames,
  options: {
    readonly partitions: number;
    readonly replicationFactor: number;
    /** default: the cluster's setting */
    readonly minInsyncReplicas?: number;
  },
): Promise<readonly string[]> => {
  const admin = kafka.admin();
  const { minInsyncReplicas } = options;
  const copies = minInsyncReplicas === undefined ? {} : { 'min.insync.replicas': String(minInsyncReplicas) };
  try {
    await admin.connect();
    const existing = new Set(await admin.listTopics());
    const missing = (Object.keys(names) as (keyof TopicNames)[]).filter((topic) => !existing.has(names[topic]));
    if (missing.length === 0) return [];
    await admin.createTopics({
      waitForLeaders: false,
      topics: missing.map((topic) => ({
        topic: names[topic],
        numPartitions: options.partitions,
        replicationFactor: options.replicationFactor,
        configEntries: Object.entries({ ...TOPIC_CONFIG[topic], ...copies }).map(([name, value]) => ({ name, value })),
      })),
    });
    await untilLed(
      admin,
      missing.map((topic) => names[topic]),
    );
    return missing.map((topic) => names[topic]);
  } catch (error) {
    throw toKafkaError(error);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};
