import type { Kafka } from 'kafkajs';
import type { Backoff } from '../../timing/backoff';
import { pause } from '../../timing/pause';
import { type RetryOptions, retryWhile } from '../../timing/retry';
import { type OutgoingRecord, partitionKey } from '../ports';
import { type PartitionBatch, sequenceAfter, toPartitionBatches } from './partition-batches';
import { type Cluster, createCluster, retryTimes } from './private-api';
import { createSendToLeaders, type KafkaFailure } from './send-to-leaders';

export type Producer = {
  /** Resolves when every record is acknowledged. After a rejection nothing more can be sent. One at a time. */
  readonly send: (records: readonly OutgoingRecord[]) => Promise<void>;
  /** Ends also a send that is under way: nothing is sent after it. */
  readonly disconnect: () => Promise<void>;
};

const LONGEST_PAUSE_MS = 1_000;
/** A frozen broker, or one behind a cut cable, answers nothing, and the cluster gives its partitions to another after 9 s (unless set otherwise). */
const BROKER_TIMEOUT_MS = 10_000;
/** A broker that has just started has no producer ids to give yet ("coordinator is loading"). */
const INIT_PRODUCER_ID_ATTEMPTS = 20;

type Retrying = Pick<RetryOptions, 'backoff' | 'signal' | 'pause'>;

const isPassing = ({ name = '', retriable }: KafkaFailure): boolean =>
  retriable !== false && !/^(Range|Reference|Syntax|Type)Error$/.test(name);

const isBroken = ({ name = '' }: KafkaFailure): boolean => name.startsWith('KafkaJSConnection');

/** Growing pauses, as the client was told to make them. */
const toBackoff = (kafka: Kafka): Backoff => {
  const { initialRetryTime, maxRetryTime } = retryTimes(kafka);
  return { minMs: initialRetryTime, maxMs: Math.min(LONGEST_PAUSE_MS, maxRetryTime) };
};

/**
 * Requests a producer id (InitProducerId) from the configured brokers in turn; any broker can issue
 * one. Does not load topic metadata first, as kafkajs would: that fails while any topic of the
 * cluster, also a foreign one, has a partition without a leader.
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

/** Makes the next attempt open new connections. */
const dropClosed = (cluster: Cluster, failures: readonly KafkaFailure[]): void => {
  for (const { name, host, port } of failures) {
    if (name === 'KafkaJSConnectionClosedError' && host !== undefined && port !== undefined)
      cluster.removeBroker({ host, port });
  }
};

/**
 * A connected idempotent producer: repeated attempts of one send are stored once, in order. It
 * speaks to the brokers through kafkajs, but has a `send` of its own. That of kafkajs 2.2.4 notes
 * for each broker whether it has answered: when a partition gets another leader in the midst of a
 * send, and that broker has acknowledged its own part already, the rest is never sent, and the send
 * succeeds (a test shows it). It also repeats what is still under way under new numbers. Here it is
 * noted for each partition, and a repetition has the number of the first attempt, whoever leads the
 * partition by then.
 *
 * A broker's answer is taken as a whole: with an error for one of its partitions, what it did store
 * is sent again too, under the same numbers, which the broker answers as stored. A partition's
 * number goes on only when its records are acknowledged. So after a rejected send the broker could
 * take the next records for a repetition of those, and throw them away: the producer refuses to
 * send any.
 * @param retries attempts of one send after the first
 */
export const connectProducer = async (kafka: Kafka, retries: number): Promise<Producer> => {
  const cluster = createCluster(kafka, BROKER_TIMEOUT_MS);
  const closing = new AbortController();
  const isClosed = (): boolean => closing.signal.aborted;
  const retrying: Retrying = { backoff: toBackoff(kafka), signal: closing.signal, pause };
  const sendToLeaders = createSendToLeaders(cluster, await connect(cluster, retrying), isClosed);
  /** of each partition, the number of its next record */
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
        // another attempt needs the leaders of now
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
        // it may have connected again meanwhile
        if (isClosed()) await cluster.disconnect().catch(() => undefined);
      }
      usable = true;
    },
    disconnect: async () => {
      closing.abort();
      await cluster.disconnect();
    },
  };
};
