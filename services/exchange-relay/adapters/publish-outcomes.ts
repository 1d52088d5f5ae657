import type { Codec } from '../../shared/avro/codec-port';
import type { SmsStatus } from '../../shared/avro/records';
import { BridgeError } from '../../shared/errors';
import type { OutgoingRecord, RecordSink } from '../../shared/kafka/ports';
import type { DeadLetter } from '../core/plan-batch';

/** What a dead letter keeps of a record that is larger than the dead-letter topic takes. */
const TRUNCATED_BYTES = 32_768;

const toDeadLetterRecord = ({ record, reason, message }: DeadLetter, topic: string): OutgoingRecord => ({
  topic,
  key: record.key,
  value: record.value,
  headers: {
    ...record.headers,
    reason,
    message,
    'source-topic': record.topic,
    'source-partition': String(record.partition),
    'source-offset': String(record.offset),
  },
});

/** A dead letter that Kafka refuses for its size: its beginning, and how long it was. */
const truncated = (record: OutgoingRecord): OutgoingRecord => ({
  ...record,
  value: record.value?.subarray(0, TRUNCATED_BYTES) ?? null,
  headers: { ...record.headers, 'truncated-from-bytes': String(record.value?.length ?? 0) },
});

/** Publishes; true when Kafka refused and would refuse again. */
const refusedForGood = async (sink: RecordSink, records: readonly OutgoingRecord[]): Promise<boolean> => {
  try {
    await sink.publish(records);
    return false;
  } catch (error) {
    if (error instanceof BridgeError && !error.retryable) return true;
    throw error;
  }
};

/**
 * Publishes what ended in the relay: final events on `sms.status`, and records that could not be read on `sms.dead-letter` with their original
 * key, value and headers. Resolves when all are acknowledged.
 * @throws BridgeError KAFKA_UNAVAILABLE, retryable
 */
export const createPublishOutcomes =
  (sink: RecordSink, codec: Codec<SmsStatus>, topics: { readonly status: string; readonly deadLetter: string }) =>
  async (statuses: readonly SmsStatus[], deadLetters: readonly DeadLetter[]): Promise<void> => {
    const events = statuses.map(
      (status): OutgoingRecord => ({
        topic: topics.status,
        key: status.messageId,
        value: codec.encode(status),
        headers: { 'event-id': status.eventId, 'app-id': status.appId ?? '' },
      }),
    );
    const letters = deadLetters.map((letter) => toDeadLetterRecord(letter, topics.deadLetter));
    if (events.length > 0) await sink.publish(events);
    if (letters.length === 0) return;
    const together = await refusedForGood(sink, letters);
    if (!together) return;
    for (const letter of letters) {
      if (await refusedForGood(sink, [letter])) await sink.publish([truncated(letter)]);
    }
  };
