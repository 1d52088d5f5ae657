import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import type { OutgoingRecord } from '../ports';
import { partitionOf } from './murmur2';
import { createCluster, type PartitionMessages, retryTimes } from './private-api';

export type Producer = {
  /** Resolves when every record is acknowledged. After a rejection nothing more can be sent. One at a time. */
  readonly send: (records: readonly OutgoingRecord[]) => Promise<void>;
  /** Ends also a send that is under way: nothing is sent after it. */
  readonly disconnect: () => Promise<void>;
};

/** The records of one partition: the broker knows a repetition by the number of its first record. */
type PartitionBatch = PartitionMessages & { readonly topic: string; messages: object[] };

type KafkaFailure = {
  readonly name?: string;
  readonly retriable?: boolean;
  readonly host?: string;
  readonly port?: number;
};

const LONGEST_PAUSE_MS = 1_000;
/** A frozen broker, or one behind a cut cable, answers nothing, and the cluster gives its partitions to another after 9 s (unless set otherwise). */
const BROKER_TIMEOUT_MS = 10_000;
/** A broker that has just started has no producer ids to give yet ("coordinator is loading"). */
const INIT_PRODUCER_ID_ATTEMPTS = 20;
/** Sequence numbers are 31 bits, and go on at 0. */
const SEQUENCE_MODULUS = 2 ** 31;

const toBuffer = (bytes: Buffer | string): Buffer => (typeof bytes === 'string' ? Buffer.from(bytes) : bytes);

const isPassing = ({ name = '', retriable }: KafkaFailure): boolean =>
  retriable !== false && !/^(Range|Reference|Syntax|Type)Error$/.test(name);

const isBroken = ({ name = '' }: KafkaFailure): boolean => name.startsWith('KafkaJSConnection');

const byTopic = (parts: readonly PartitionBatch[]) => {
  const topics = new Map<string, PartitionBatch[]>();
  for (const part of parts) topics.set(part.topic, [...(topics.get(part.topic) ?? []), part]);
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
};

/**
 * A connected idempotent producer: repeated attempts of one send are stored once, in order. It speaks to the brokers through kafkajs, but has a `send` of
 * its own. That of kafkajs 2.2.4 notes for each broker whether it has answered: when a partition gets another leader in the midst of a send, and that broker
 * has acknowledged its own part already, the rest is never sent, and the send succeeds (a test shows it). It also repeats what is still under way under new
 * numbers. Here it is noted for each partition, and a repetition has the number of the first attempt, whoever leads the partition by then.
 *
 * A broker's answer is taken as a whole: with an error for one of its partitions, what it did store is sent again too, under the same numbers, which the
 * broker answers as stored. A partition's number goes on only when its records are acknowledged. So after a rejected send the broker could take the next
 * records for a repetition of those, and throw them away: the producer refuses to send any.
 * @param retries attempts of one send after the first
 */
export const connectProducer = async (kafka: Kafka, retries: number): Promise<Producer> => {
  const cluster = createCluster(kafka, BROKER_TIMEOUT_MS);
  const { initialRetryTime, maxRetryTime } = retryTimes(kafka);
  const next = new Map<string, number>();
  const key = ({ topic, partition }: { topic: string; partition: number }): string => `${topic}/${partition}`;
  const closing = new AbortController();
  const isClosed = (): boolean => closing.signal.aborted;
  let usable = true;

  const pauseAfter = (tries: number): Promise<void> =>
    sleep(Math.min(LONGEST_PAUSE_MS, maxRetryTime, initialRetryTime * 2 ** tries), undefined, {
      signal: closing.signal,
    }).catch(() => undefined);

  /**
   * A producer id: any broker gives one, so each of the configured ones is asked in turn. Without a look at the topics: kafkajs would ask for all of the
   * cluster, and fail while any of them, whoever owns it, has a partition without a leader.
   */
  const initProducerId = async () => {
    for (let tries = 0; ; tries += 1) {
      try {
        const broker = await cluster.brokerPool.findConnectedBroker();
        return await broker.initProducerId({ transactionTimeout: 30_000 });
      } catch (error) {
        const failure = error as KafkaFailure;
        // a connection that breaks here is mostly a login that is due
        if (!isPassing(failure) || isBroken(failure) || tries === INIT_PRODUCER_ID_ATTEMPTS) throw error;
      }
      await pauseAfter(tries);
      await cluster.brokerPool.createSeedBroker();
    }
  };
  const connect = async () => {
    try {
      await cluster.connect();
      return await initProducerId();
    } catch (error) {
      await cluster.disconnect().catch(() => undefined);
      throw error;
    }
  };
  const identity = await connect();

  /** A partition without a given number is the Java client's choice: murmur2 of the key, or of the value where there is no key. */
  const toParts = (records: readonly OutgoingRecord[]): readonly PartitionBatch[] => {
    const parts = new Map<string, PartitionBatch>();
    for (const { topic, key: recordKey, value, headers, partition: wanted } of records) {
      const count = cluster.findTopicPartitionMetadata(topic).length;
      if (count === 0) throw new Error(`nothing is known of the topic ${topic} yet`);
      const recordBytes = recordKey === null ? null : toBuffer(recordKey);
      const partition = wanted ?? partitionOf(recordBytes ?? value ?? Buffer.alloc(0), count);
      const message = { key: recordBytes, value, ...(headers === undefined ? {} : { headers }) };
      const at = key({ topic, partition });
      const part = parts.get(at);
      if (part === undefined)
        parts.set(at, { topic, partition, firstSequence: next.get(at) ?? 0, messages: [message] });
      else part.messages.push(message);
    }
    return [...parts.values()];
  };

  const byLeader = (parts: readonly PartitionBatch[]): ReadonlyMap<number, readonly PartitionBatch[]> => {
    const leaders = new Map<number, PartitionBatch[]>();
    for (const part of parts) {
      const found = cluster
        .findTopicPartitionMetadata(part.topic)
        .find(({ partitionId }) => partitionId === part.partition);
      const leader = found?.leader ?? -1;
      const led = leaders.get(leader);
      if (led === undefined) leaders.set(leader, [part]);
      else led.push(part);
    }
    return leaders;
  };

  const produce = async (nodeId: number, parts: readonly PartitionBatch[]): Promise<void> => {
    const broker = await cluster.findBroker({ nodeId });
    if (isClosed()) throw new Error('the producer is closed');
    try {
      await broker.produce({ acks: -1, ...identity, topicData: byTopic(parts) });
    } catch (error) {
      if ((error as KafkaFailure).name === 'KafkaJSRequestTimeoutError') {
        // it still counts as connected, and would be asked for the leaders of now
        const { host, port } = broker.connectionPool;
        cluster.removeBroker({ host, port });
        broker.disconnect().catch(() => undefined);
      }
      throw error;
    }
  };

  /** One request to each leader, all of them awaited. What comes back is still to be sent. */
  const attempt = async (
    parts: readonly PartitionBatch[],
  ): Promise<{ left: readonly PartitionBatch[]; failures: KafkaFailure[] }> => {
    const leaders = [...byLeader(parts)];
    const outcomes = await Promise.allSettled(leaders.map(([nodeId, led]) => produce(nodeId, led)));
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    return { left: leaders.flatMap(([, led], at) => (outcomes[at]?.status === 'rejected' ? led : [])), failures };
  };

  /** So that the next attempt connects anew. */
  const dropClosed = (failures: readonly KafkaFailure[]): void => {
    for (const { name, host, port } of failures) {
      if (name === 'KafkaJSConnectionClosedError' && host !== undefined && port !== undefined)
        cluster.removeBroker({ host, port });
    }
  };

  const sendAll = async (records: readonly OutgoingRecord[]): Promise<void> => {
    const topics = [...new Set(records.map(({ topic }) => topic))];
    let parts: readonly PartitionBatch[] | undefined;
    let left: readonly PartitionBatch[] = [];
    for (let tries = 0; ; tries += 1) {
      let failures: KafkaFailure[];
      try {
        await cluster.addMultipleTargetTopics(topics);
        // another attempt needs the leaders of now
        await (tries === 0 ? cluster.refreshMetadataIfNecessary() : cluster.refreshMetadata());
        if (parts === undefined) {
          parts = toParts(records);
          left = parts;
        }
        ({ left, failures } = await attempt(left));
      } catch (error) {
        failures = [error as KafkaFailure];
      }
      if (failures.length === 0) break;
      const lasting = failures.find((failure) => !isPassing(failure));
      if (lasting !== undefined || tries === retries) throw lasting ?? failures[0];
      await pauseAfter(tries);
      if (isClosed()) throw failures[0];
      dropClosed(failures);
    }
    for (const part of parts ?? []) next.set(key(part), (part.firstSequence + part.messages.length) % SEQUENCE_MODULUS);
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
