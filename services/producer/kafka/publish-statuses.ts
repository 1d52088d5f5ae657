import type { Codec } from '../../../shared/avro/codec-port';
import type { SmsReceivedAck, SmsStatus } from '../../../shared/avro/records';
import type { RecordSink } from '../../../shared/kafka/ports';
import { toStatusKey } from '../../../shared/sms/message-key';

export type PublishStatuses = (statuses: readonly SmsStatus[]) => Promise<void>;

/**
 * Creates the publish of final events on `sms.status`. It resolves when all are acknowledged.
 * @throws BridgeError KAFKA_…
 */
export const createPublishStatuses =
  (sink: Pick<RecordSink, 'publish'>, codec: Pick<Codec<SmsStatus>, 'encode'>, topic: string): PublishStatuses =>
  async (statuses) => {
    if (statuses.length === 0) return;
    await sink.publish(
      statuses.map((status) => ({
        topic,
        key: toStatusKey(status),
        value: codec.encode(status),
        headers: { 'event-id': status.eventId, 'app-id': status.appId ?? '' },
      })),
    );
  };

/**
 * Creates the publish of an acknowledgement on `sms.received.ack`. It resolves when Kafka has it.
 * @throws BridgeError KAFKA_…
 */
export const createPublishAck =
  (sink: Pick<RecordSink, 'publish'>, codec: Pick<Codec<SmsReceivedAck>, 'encode'>, topic: string) =>
  (ack: SmsReceivedAck): Promise<void> =>
    sink.publish([{ topic, key: ack.receivedId, value: codec.encode(ack), headers: { 'app-id': ack.appId } }]);
