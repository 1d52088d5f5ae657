import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka, Producer } from 'kafkajs';
import type { Logger } from 'pino';
import { BridgeError } from '../errors';
import { within } from '../lifecycle/within';
import { connectProducer, type PinnedMessage } from './create-producer';
import { toKafkaError } from './kafka-errors';
import type { OutgoingRecord, RecordSink } from './ports';
import { createSendQueue } from './send-queue';

/** Longest wait for records under way when the process ends: it must be gone within 10 s. */
const CLOSE_LIMIT_MS = 3_000;
/** Longest wait for the first connection: kafkajs waits half a minute for each answer of something that is no Kafka, and asks it again and again. */
const CONNECT_LIMIT_MS = 60_000;

const NO_KAFKA = `no answer within ${CONNECT_LIMIT_MS} ms: is that a Kafka (KAFKA_BROKERS), and do KAFKA_TLS and KAFKA_SASL_MECHANISM fit its port?`;

const toMessage = ({ key, value, headers, partition }: OutgoingRecord): PinnedMessage => ({
  key: typeof key === 'string' ? Buffer.from(key) : key,
  value,
  ...(headers === undefined ? {} : { headers: headers as Record<string, string | Buffer> }),
  ...(partition === undefined ? {} : { partition }),
});

const toTopicMessages = (records: readonly OutgoingRecord[]) => {
  const topics = new Map<string, PinnedMessage[]>();
  for (const record of records) {
    const messages = topics.get(record.topic);
    if (messages === undefined) topics.set(record.topic, [toMessage(record)]);
    else messages.push(toMessage(record));
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }));
};

/**
 * Opens the sink: one idempotent producer, one request at a time; records of several callers that wait meanwhile go together in the next one.
 * After any rejected send the producer is thrown away and a new one made (a new producer id): kafkajs rolls its sequence numbers back, and when the
 * broker had stored the batch, the next one with as many records would be taken for its repetition and silently not be stored.
 * @param options.deadlineMs longest wait for an acknowledgement
 * @param options.retries attempts that kafkajs makes by itself, with growing pauses, before a send is rejected
 * @throws BridgeError KAFKA_UNAVAILABLE when no broker answers
 */
export const openRecordSink = async (
  kafka: Kafka,
  options: { readonly logger: Logger; readonly deadlineMs?: number; readonly retries?: number },
): Promise<RecordSink> => {
  const { logger, deadlineMs = 30_000, retries = 8 } = options;
  let producer: Producer | undefined;
  let problem: string | undefined;

  const connected = async (): Promise<Producer> => {
    producer ??= await connectProducer(kafka, retries);
    return producer;
  };
  const throwAway = (): void => {
    const old = producer;
    producer = undefined;
    old?.disconnect().catch(() => undefined);
  };
  const send = async (records: readonly OutgoingRecord[]): Promise<void> => {
    try {
      const topicMessages = toTopicMessages(records);
      await within(
        deadlineMs,
        connected().then((current) => current.sendBatch({ acks: -1, topicMessages })),
        () => new BridgeError('KAFKA_UNAVAILABLE', `no acknowledgement within ${deadlineMs} ms`, { retryable: true }),
      );
      problem = undefined;
    } catch (cause) {
      throwAway();
      const error = toKafkaError(cause);
      problem = error.retryable ? error.message : undefined;
      logger.warn({ err: error.message, code: error.code, records: records.length }, 'publishing failed');
      throw error;
    }
  };

  try {
    await within(
      CONNECT_LIMIT_MS,
      connected(),
      () => new BridgeError('KAFKA_UNAVAILABLE', NO_KAFKA, { retryable: true }),
    );
  } catch (error) {
    throw toKafkaError(error);
  }
  const queue = createSendQueue(send);
  return {
    publish: queue.publish,
    problem: () => problem,
    close: async () => {
      // with Kafka away, what waits is not waited for: its callers have committed nothing
      await Promise.race([queue.drain(), sleep(CLOSE_LIMIT_MS, undefined, { ref: false })]);
      await Promise.race([producer?.disconnect(), sleep(CLOSE_LIMIT_MS, undefined, { ref: false })]);
    },
  };
};
