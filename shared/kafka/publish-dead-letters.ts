import { BridgeError } from '../errors';
import type { KafkaRecord, OutgoingRecord, RecordSink } from './ports';
import { bytesOf } from './send-queue';

/** A record that could not be used, and why. `reason` is a stable code, `message` is for people; neither holds a message's text. */
export type DeadLetter = { readonly record: KafkaRecord; readonly reason: string; readonly message: string };

/** Brokers take 1 MB unless told otherwise; what is larger is cut before it is sent, not after it was refused. */
const LARGEST_LETTER = 900_000;
/** What a dead letter keeps of a value, and of all its headers, that are too large. */
const KEPT_BYTES = 32_768;
const KEPT_KEY_BYTES = 1_024;

const toOutgoing = ({ record, reason, message }: DeadLetter, topic: string): OutgoingRecord => ({
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
    ...(record.unreadable === undefined ? {} : { 'source-last-offset': String(record.unreadable.lastOffset) }),
  },
});

/** The last ones first: those are ours. */
const someHeaders = (headers: OutgoingRecord['headers'] = {}): OutgoingRecord['headers'] => {
  let left = KEPT_BYTES;
  const kept = Object.entries(headers)
    .reverse()
    .filter(([name, value]) => {
      left -= name.length + value.length;
      return left >= 0;
    });
  return Object.fromEntries(kept.reverse());
};

/** The beginning of a dead letter, and how long it was. */
const truncated = (letter: OutgoingRecord): OutgoingRecord => ({
  ...letter,
  key: letter.key?.slice(0, KEPT_KEY_BYTES) ?? null,
  value: letter.value?.subarray(0, KEPT_BYTES) ?? null,
  headers: { ...someHeaders(letter.headers), 'truncated-from-bytes': String(letter.value?.length ?? 0) },
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
 * Publishes dead letters that are ready to go. Resolves when all are acknowledged. One that is too large is cut; where the broker takes less than is usual, when it refuses.
 * @throws BridgeError KAFKA_UNAVAILABLE, retryable
 */
export const publishLetters = async (
  sink: Pick<RecordSink, 'publish'>,
  letters: readonly OutgoingRecord[],
): Promise<void> => {
  const fitting = letters.map((letter) => (bytesOf(letter) > LARGEST_LETTER ? truncated(letter) : letter));
  if (fitting.length === 0 || (await accepted(sink, fitting))) return;
  for (const letter of fitting) {
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
      letters.map((letter) => toOutgoing(letter, topic)),
    );
