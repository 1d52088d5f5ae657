import { userInfo } from 'node:os';
import type { Admin, Kafka } from 'kafkajs';
import { destination, type Logger, pino } from 'pino';
import { toKafkaSettings } from '../../shared/config/kafka-variables';
import { BridgeError } from '../../shared/errors';
import { createKafka } from '../../shared/kafka/kafkajs/create-kafka';
import { toKafkaError } from '../../shared/kafka/kafkajs/kafka-errors';
import { type TopicNames, toTopicNames } from '../../shared/kafka/kafkajs/topics';
import type { KafkaSettings } from './settings';

export type KafkaConnection = {
  readonly kafka: Kafka;
  /** retries only briefly: for checks before the work starts, while the user waits */
  readonly hasty: Kafka;
  readonly topics: TopicNames;
  readonly logger: Logger;
};

const userName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
};

const createCliLogger = (verbose: boolean): Logger =>
  pino({ level: verbose ? 'debug' : 'silent', base: null }, destination({ fd: 2, sync: true }));

/**
 * Creates a kafkajs client from the command line's settings, without connecting. The client id
 * carries the user's name, so that the brokers' logs show it.
 */
export const openKafka = (settings: KafkaSettings, verbose: boolean): KafkaConnection => {
  const logger = createCliLogger(verbose);
  const client = toKafkaSettings(settings, `sms-bridge-cli-${userName()}`);
  return {
    kafka: createKafka(client, logger),
    hasty: createKafka(client, logger, { retries: 2 }),
    topics: toTopicNames(settings.TOPIC_PREFIX),
    logger,
  };
};

/**
 * Runs `work` with a connected admin client and disconnects afterwards. Gives up soon when the
 * cluster does not answer and `kafka` is the `hasty` client.
 * @throws BridgeError KAFKA_…
 */
export const withAdmin = async <T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> => {
  const admin = kafka.admin({ retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3 } });
  try {
    await admin.connect();
    return await work(admin);
  } catch (error) {
    throw toKafkaError(error);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};

/**
 * Checks that these topics exist. Without this check a consumer would wait for a missing topic for
 * ever.
 * @throws BridgeError TOPIC_MISSING, KAFKA_…
 */
export const expectTopics = async ({ hasty }: KafkaConnection, names: readonly string[]): Promise<void> => {
  const existing = new Set(await withAdmin(hasty, (admin) => admin.listTopics()));
  const missing = names.filter((name) => !existing.has(name));
  if (missing.length > 0) throw new BridgeError('TOPIC_MISSING', `the cluster has no topic ${missing.join(', ')}`);
};
