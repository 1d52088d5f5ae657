import { BridgeError } from '../errors';
import type { KafkaRecord, OutgoingRecord, RecordSink } from './ports';

/** A record that could not be used, and why. `reason` is a stable code, `message` is for people; neither holds a message's text. */
export type DeadLetter = { readonly record: KafkaRecord; readonly reason: string; readonly message: string };

/** What a dead letter keeps of a record that is larger than the dead-letter topic takes. */
const TRUNCATED_BYTES = 32_768;

const toRecord = ({ record, reason, message }: DeadLetter, topic: string): OutgoingRecord => ({
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

/** Publishes; false when Kafka refused and would refuse again. */
const accepted = async (sink: Pick<RecordSink, 'publish'>, records: readonly OutgoingRecord[]): Promise<boolean> => {
  try {
    await sink.publish(records);
    return true;
  } catch (error) {
    if (error instanceof BridgeError && !error.retryable) return false;
    throw error;
  }
};

/**
 * Publishes dead letters that are ready to go. Resolves when all are acknowledged; one that is too large for the broker is cut.
 * @throws BridgeError KAFKA_UNAVAILABLE, retryable
 */
export const publishLetters = async (
  sink: Pick<RecordSink, 'publish'>,
  letters: readonly OutgoingRecord[],
): Promise<void> => {
  if (letters.length === 0 || (await accepted(sink, letters))) return;
  for (const letter of letters) {
    if (!(await accepted(sink, [letter]))) await sink.publish([truncated(letter)]);
  }
};

/**
 * Publishes records that could not be used with their original key, value and headers. Resolves when all are acknowledged.
 * @throws BridgeError KAFKA_UNAVAILABLE, retryable
 */
export const createPublishDeadLetters =
  (sink: Pick<RecordSink, 'publish'>, topic: string) =>
  (letters: readonly DeadLetter[]): Promise<void> =>
    publishLetters(
      sink,
      letters.map((letter) => toRecord(letter, topic)),
    );
