import type { Kafka } from 'kafkajs';
import { BridgeError } from '../../errors';
import type { Backoff } from '../../timing/backoff';
import { pause } from '../../timing/pause';
import { type RetryOptions, retryWhile } from '../../timing/retry';
import { type OutgoingRecord, partitionKey } from '../ports';
import { toKafkaError } from './kafka-errors';
import { type PartitionBatch, sequenceAfter, toPartitionBatches } from './partition-batches';
import { type Cluster, createCluster, retryTimes } from './private-api';
import { createSendToLeaders, type KafkaFailure } from './send-to-leaders';

export type Producer = {
  /**
   * Resolves when every record is acknowledged. One call at a time. After a rejection the producer
   * sends nothing more.
   */
  readonly send: (records: readonly OutgoingRecord[]) => Promise<void>;
  /**
   * Resolves when a broker answers that each of these topics can be used.
   * @throws BridgeError KAFKA_… that names the topic, or what kafkajs throws
   */
  readonly ask: (topics: readonly string[]) => Promise<void>;
  /** Also ends a send that is under way: nothing is sent after it. */
  readonly disconnect: () => Promise<void>;
};

const LONGEST_PAUSE_MS = 1_000;
/**
 * A broker that is frozen or cut off does not answer. The cluster moves its partitions to another
 * broker after `broker.session.timeout.ms`, 9 s by default.
 */
const BROKER_TIMEOUT_MS = 10_000;
/** A broker that has just started issues no producer ids yet ("coordinator is loading"). */
const INIT_PRODUCER_ID_ATTEMPTS = 20;

type Retrying = Pick<RetryOptions, 'backoff' | 'signal' | 'pause'>;

const isPassing = ({ name = '', retriable }: KafkaFailure): boolean =>
  retriable !== false && !/^(Range|Reference|Syntax|Type)Error$/.test(name);

const isBroken = ({ name = '' }: KafkaFailure): boolean => name.startsWith('KafkaJSConnection');

/** The client's own pauses between attempts, with a lower maximum. */
const toBackoff = (kafka: Kafka): Backoff => {
  const { initialRetryTime, maxRetryTime } = retryTimes(kafka);
  return { minMs: initialRetryTime, maxMs: Math.min(LONGEST_PAUSE_MS, maxRetryTime) };
};

/**
 * Requests a producer id (InitProducerId) from the configured brokers in turn; any broker can issue
 * one. Does not load the metadata of all topics first, as kafkajs would: that fails while any topic
 * of the cluster has a partition without a leader.
 */
const initProducerId = ({ brokerPool }: Cluster, retrying: Retrying) => {
  // a connection that drops here usually means that the broker requires a login: report it at once
  const retryable = (error: unknown, failures: number): boolean =>
    isPassing(error as KafkaFailure) && !isBroken(error as KafkaFailure) && failures <= INIT_PRODUCER_ID_ATTEMPTS;
  return retryWhile({ ...retrying, retryable }, async (failures) => {
    if (failures > 0) await brokerPool.createSeedBroker();
    const broker = await brokerPool.findConnectedBroker();
    return broker.initProducerId({ transactionTimeout: 30_000 });
  });
};

const connect = async (cluster: Cluster, retrying: Retrying) => {
  try {
    await cluster.connect();
    return await initProducerId(cluster, retrying);
  } catch (error) {
    await cluster.disconnect().catch(() => undefined);
    throw error;
  }
};

/** kafkajs' error for several topics does not name the one. */
const askBroker = async ({ brokerPool }: Cluster, topics: readonly string[]): Promise<void> => {
  const broker = await brokerPool.findConnectedBroker();
  try {
    await broker.metadata(topics);
  } catch (error) {
    if ((error as { readonly type?: string }).type === undefined) throw error;
    for (const topic of topics) {
      await broker.metadata([topic]).catch((cause: unknown) => {
        const { code, message } = toKafkaError(cause);
        throw new BridgeError(code, `${topic}: ${message}`, { retryable: true, cause });
      });
    }
  }
};

/** Makes the next attempt open new connections. */
const dropClosed = (cluster: Cluster, failures: readonly KafkaFailure[]): void => {
  for (const { name, host, port } of failures) {
    if (name === 'KafkaJSConnectionClosedError' && host !== undefined && port !== undefined)
      cluster.removeBroker({ host, port });
  }
};

/**
 * Connects an idempotent producer: however often one send is attempted, its records are stored
 * once, in order. It uses kafkajs' connections, but has a `send` of its own, because that of
 * kafkajs 2.2.4 loses records (a test shows it): it notes per broker who has acknowledged, so when
 * a partition moves during a send to a broker that has acknowledged its own share, the moved
 * records are never sent, and the send succeeds. It also repeats unacknowledged records under new
 * sequence numbers. This `send` notes acknowledgements per partition, and an attempt keeps the
 * sequence numbers of the first.
 *
 * An error for one partition makes the broker's whole answer an error: the records that it did
 * store are sent again under the same numbers, and the broker confirms them as duplicates. A
 * partition's sequence number advances only on acknowledgement. After a rejected send the broker
 * could therefore take new records for duplicates and drop them: the producer refuses to send any.
 * @param retries attempts of one send after the first
 */
export const connectProducer = async (kafka: Kafka, retries: number): Promise<Producer> => {
  const cluster = createCluster(kafka, BROKER_TIMEOUT_MS);
  const closing = new AbortController();
  const isClosed = (): boolean => closing.signal.aborted;
  const retrying: Retrying = { backoff: toBackoff(kafka), signal: closing.signal, pause };
  const sendToLeaders = createSendToLeaders(cluster, await connect(cluster, retrying), isClosed);
  /** the next sequence number of each partition */
  const next = new Map<string, number>();
  let usable = true;

  const toBatches = (records: readonly OutgoingRecord[]): readonly PartitionBatch[] =>
    toPartitionBatches(
      records,
      (topic) => cluster.findTopicPartitionMetadata(topic).length,
      (topicPartition) => next.get(partitionKey(topicPartition)) ?? 0,
    );

  const sendAll = async (records: readonly OutgoingRecord[]): Promise<void> => {
    const topics = [...new Set(records.map(({ topic }) => topic))];
    let batches: readonly PartitionBatch[] | undefined;
    let left: readonly PartitionBatch[] = [];
    let failures: readonly KafkaFailure[] = [];
    const retryable = (error: unknown, tries: number): boolean => isPassing(error as KafkaFailure) && tries <= retries;
    await retryWhile({ ...retrying, retryable }, async (tries) => {
      dropClosed(cluster, failures);
      try {
        await cluster.addMultipleTargetTopics(topics);
        // leaders may have changed since the last attempt
        await (tries === 0 ? cluster.refreshMetadataIfNecessary() : cluster.refreshMetadata());
        if (batches === undefined) {
          batches = toBatches(records);
          left = batches;
        }
        ({ left, failures } = await sendToLeaders(left));
      } catch (error) {
        failures = [error as KafkaFailure];
      }
      if (failures.length > 0) throw failures.find((failure) => !isPassing(failure)) ?? failures[0];
    });
    for (const batch of batches ?? []) next.set(partitionKey(batch), sequenceAfter(batch));
  };

  return {
    send: async (records) => {
      if (!usable) throw new Error('a send was rejected or is under way: make a new producer');
      usable = false;
      try {
        await sendAll(records);
      } finally {
        // an attempt may have opened connections after disconnect()
        if (isClosed()) await cluster.disconnect().catch(() => undefined);
      }
      usable = true;
    },
    ask: (topics) => askBroker(cluster, topics),
    disconnect: async () => {
      closing.abort();
      await cluster.disconnect();
    },
  };
};
