import type { Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import type { Codecs } from '../../shared/avro/open-codecs';
import { openBatchSource } from '../../shared/kafka/kafkajs/open-batch-source';
import type { TopicNames } from '../../shared/kafka/kafkajs/topics';
import type { KafkaRecord, RecordSink } from '../../shared/kafka/ports';
import type { FinalEvent } from './judge-fates';

/** What a business system sees that subscribes to everything. */
export type TopicWatch = {
  readonly finals: ReadonlyMap<string, FinalEvent>;
  /** by the key that the record had; only those whose bytes are the ones that were published */
  readonly deadLetters: ReadonlyMap<string, string>;
  /** different inbound messages */
  readonly received: () => number;
  /** those that were acknowledged */
  readonly acknowledged: () => number;
  readonly close: () => Promise<void>;
};

export type WatchRequest = {
  readonly kafka: Kafka;
  readonly codecs: Codecs;
  readonly topics: TopicNames;
  readonly sink: RecordSink;
  readonly logger: Logger;
  /** groups of this run begin with it */
  readonly run: string;
  /** the bytes of unreadable records, by their key */
  readonly unreadable: ReadonlyMap<string, Buffer>;
  readonly onFatal: (error: Error) => void;
};

const SESSION_TIMEOUT_MS = 30_000;

/** One in so many inbound messages stays unacknowledged, as when the business system has no time: the night job will see to it. */
const UNACKNOWLEDGED = 10;

/** Subscribes to `sms.status`, `sms.received` (and acknowledges most of it) and `sms.dead-letter`. Resolves when it has joined. @throws BridgeError KAFKA_… */
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
