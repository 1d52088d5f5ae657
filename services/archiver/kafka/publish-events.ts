import type { Codec } from '../../../shared/avro/codec-port';
import type { SmsReceived, SmsReceivedAck, SmsStatus } from '../../../shared/avro/records';
import type { OutgoingRecord, RecordSink } from '../../../shared/kafka/ports';
import { createPublishDeadLetters, type DeadLetter } from '../../../shared/kafka/publish-dead-letters';
import { toStatusKey } from '../../../shared/sms/message-key';

export type EventCodecs = {
  readonly status: Codec<SmsStatus>;
  readonly received: Codec<SmsReceived>;
  readonly receivedAck: Codec<SmsReceivedAck>;
};

export type EventTopics = { readonly status: string; readonly received: string; readonly deadLetter: string };

/**
 * The publishes of the archiver. Each resolves when all in-sync replicas have acknowledged.
 * @throws BridgeError KAFKA_…
 */
export type EventPublisher = {
  readonly publishStatuses: (statuses: readonly SmsStatus[]) => Promise<void>;
  readonly publishReceived: (received: readonly SmsReceived[]) => Promise<void>;
  /** Publishes unusable records as dead letters, with their bytes and headers. */
  readonly publishRefused: (refused: readonly DeadLetter[]) => Promise<void>;
  /** Publishes acknowledgements from SM_RECEIVE_ACK that could not be applied, as dead letters. */
  readonly publishRefusedAcks: (
    acks: readonly SmsReceivedAck[],
    problem: { readonly reason: string; readonly message: string },
  ) => Promise<void>;
};

export const createEventPublisher = (
  sink: Pick<RecordSink, 'publish'>,
  codecs: EventCodecs,
  topics: EventTopics,
): EventPublisher => {
  const publish = async (records: readonly OutgoingRecord[]): Promise<void> => {
    if (records.length > 0) await sink.publish(records);
  };
  return {
    publishStatuses: (statuses) =>
      publish(
        statuses.map((status) => ({
          topic: topics.status,
          key: toStatusKey(status),
          value: codecs.status.encode(status),
          headers: { 'event-id': status.eventId, 'app-id': status.appId ?? '' },
        })),
      ),
    publishReceived: (received) =>
      publish(
        received.map((message) => ({
          topic: topics.received,
          key: message.from,
          value: codecs.received.encode(message),
          headers: { 'event-id': message.receivedId, 'app-id': message.appId ?? '' },
        })),
      ),
    publishRefused: createPublishDeadLetters(sink, topics.deadLetter),
    publishRefusedAcks: (acks, { reason, message }) =>
      publish(
        acks.map((ack) => ({
          topic: topics.deadLetter,
          key: ack.receivedId,
          value: codecs.receivedAck.encode(ack),
          headers: {
            reason,
            message,
            'source-table': 'sm_receive_ack',
            'source-seq': ack.receivedId,
            'app-id': ack.appId,
          },
        })),
      ),
  };
};
