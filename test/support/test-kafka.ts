import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { pino } from 'pino';
import { createKafka } from '../../shared/kafka/kafkajs/create-kafka';
import { fetchLogRange } from '../../shared/kafka/kafkajs/log-range';
import { toRecord } from '../../shared/kafka/kafkajs/to-record';
import { createTopics, type TopicNames, toTopicNames } from '../../shared/kafka/kafkajs/topics';
import type { KafkaRecord } from '../../shared/kafka/ports';

export const silentLogger = pino({ level: 'silent' });

export const testBrokers = (): string => process.env.TEST_KAFKA_BROKERS as string;

export const connectTestKafka = (clientId = 'test'): Kafka =>
  createKafka({ brokers: testBrokers().split(','), clientId }, silentLogger);

export type TestTopics = { readonly kafka: Kafka; readonly prefix: string; readonly topics: TopicNames };

/** Creates topics for one test on the run's broker. */
export const createTestTopics = async (
  partitions = 3,
  copies: { readonly replicationFactor: number; readonly minInsyncReplicas?: number } = { replicationFactor: 1 },
): Promise<TestTopics> => {
  const prefix = `t${randomUUID().slice(0, 8)}.`;
  const kafka = connectTestKafka();
  const topics = toTopicNames(prefix);
  await createTopics(kafka, topics, { partitions, ...copies });
  return { kafka, prefix, topics };
};

/** Returns every record of the topic, each partition in order. */
export const readTopic = async (kafka: Kafka, topic: string): Promise<readonly KafkaRecord[]> => {
  const range = await fetchLogRange(kafka, topic);
  const left = new Map([...range].filter(([, { low, high }]) => high > low).map(([at, { high }]) => [at, high]));
  if (left.size === 0) return [];
  const records: KafkaRecord[] = [];
  const consumer = kafka.consumer({ groupId: `read-${randomUUID()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    // kafkajs restarts it after transient errors, such as a coordinator that is still loading
    consumer.on(consumer.events.CRASH, ({ payload }) => void (payload.restart || reject(payload.error)));
    // it also fires for batches of control records only
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      const end = left.get(payload.partition);
      if (end !== undefined && Number(payload.lastOffset) + 1 >= end) left.delete(payload.partition);
      if (left.size === 0) resolve();
    });
    consumer
      .run({
        autoCommit: false,
        eachBatch: async ({ batch }) => void records.push(...batch.messages.map((message) => toRecord(batch, message))),
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return records.filter(({ partition, offset }) => offset < (range.get(partition)?.high ?? 0));
};
