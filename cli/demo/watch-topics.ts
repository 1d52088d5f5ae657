import type { Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import type { Codecs } from '../../shared/avro/open-codecs';
import { openBatchSource } from '../../shared/kafka/kafkajs/open-batch-source';
import type { TopicNames } from '../../shared/kafka/kafkajs/topics';
import type { KafkaRecord, RecordSink } from '../../shared/kafka/ports';
import type { FinalEvent } from './judge-fates';

/** The view of a business system that subscribes to all topics. */
export type TopicWatch = {
  readonly finals: ReadonlyMap<string, FinalEvent>;
  /** reasons by the record's key, only for records whose bytes are those that were published */
  readonly deadLetters: ReadonlyMap<string, string>;
  /** counts distinct received messages */
  readonly received: () => number;
  /** counts those that were acknowledged */
  readonly acknowledged: () => number;
  readonly close: () => Promise<void>;
};

export type WatchRequest = {
  readonly kafka: Kafka;
  readonly codecs: Codecs;
  readonly topics: TopicNames;
  readonly sink: RecordSink;
  readonly logger: Logger;
  readonly run: string;
  /** bytes of the unreadable records, by key */
  readonly unreadable: ReadonlyMap<string, Buffer>;
  readonly onFatal: (error: Error) => void;
};

const SESSION_TIMEOUT_MS = 30_000;

/**
 * One received message in ten stays unacknowledged, as when a business system fails; these are left
 * to the night job.
 */
const UNACKNOWLEDGED = 10;

/**
 * Subscribes to sms.status, sms.received and sms.dead-letter, and acknowledges most received
 * messages. Resolves when all three consumers have joined.
 * @throws BridgeError KAFKA_…
 */
export const watchTopics = async (request: WatchRequest): Promise<TopicWatch> => {
  const { kafka, codecs, topics, sink, logger, run, unreadable, onFatal } = request;
  const finals = new Map<string, FinalEvent>();
  const deadLetters = new Map<string, string>();
  const received = new Set<string>();
  let acknowledged = 0;

  const onStatus = ({ value }: KafkaRecord): void => {
    const decoded = codecs.status.decode(value);
    if (!decoded.ok || !decoded.value.isFinal || !decoded.value.matched) return;
    const { messageId, status, reason, recordedAt } = decoded.value;
    finals.set(messageId, { status, reason, recordedAt });
  };

  const onDeadLetter = ({ key, value, headers }: KafkaRecord): void => {
    const id = key?.toString() ?? '';
    const sent = unreadable.get(id);
    if (sent !== undefined && value?.equals(sent)) deadLetters.set(id, headers.reason?.toString() ?? '');
  };

  const acknowledge = async (records: readonly KafkaRecord[]): Promise<void> => {
    const acks = records.flatMap(({ value }) => {
      const decoded = codecs.received.decode(value);
      if (!decoded.ok || received.has(decoded.value.receivedId)) return [];
      const { receivedId, appId } = decoded.value;
      received.add(receivedId);
      if (appId === null || received.size % UNACKNOWLEDGED === 0) return [];
      return [{ receivedId, appId, processedAt: Date.now() }];
    });
    await sink.publish(
      acks.map((ack) => ({ topic: topics.receivedAck, key: ack.receivedId, value: codecs.receivedAck.encode(ack) })),
    );
    acknowledged += acks.length;
  };

  const subscribe = (
    name: 'status' | 'received' | 'deadLetter',
    onRecords: (records: readonly KafkaRecord[]) => void,
  ) => {
    const groupId = `${run}-watch-${topics[name]}`;
    return openBatchSource(
      kafka,
      { groupId, topic: topics[name], sessionTimeoutMs: SESSION_TIMEOUT_MS, logger, instanceId: groupId },
      { onAssigned: async () => new Map(), onBatch: ({ records }) => onRecords(records), onFatal },
    );
  };
  const sources = await Promise.all([
    subscribe('status', (records) => records.forEach(onStatus)),
    subscribe('received', (records) => void acknowledge(records).catch(onFatal)),
    subscribe('deadLetter', (records) => records.forEach(onDeadLetter)),
  ]);
  return {
    finals,
    deadLetters,
    received: () => received.size,
    acknowledged: () => acknowledged,
    close: async () => {
      await Promise.all(sources.map((source) => source.close()));
    },
  };
};
