import { BridgeError } from '../errors';
import { toOriginalHeaders } from './original-headers';
import type { KafkaRecord, OutgoingRecord, RecordSink } from './ports';
import { bytesOf, headerBytes } from './send-queue';

/**
 * A record that could not be used, and why. `reason` is a stable code, `message` is for people.
 * Neither contains a message's text.
 */
export type DeadLetter = { readonly record: KafkaRecord; readonly reason: string; readonly message: string };

/**
 * Brokers accept 1 MB by default (message.max.bytes). Larger dead letters are cut before sending,
 * not after a refusal.
 */
const LARGEST_LETTER = 900_000;
/** Bytes that a too large dead letter keeps of its value, and of all its headers. */
const KEPT_BYTES = 32_768;
const KEPT_KEY_BYTES = 1_024;

const toOutgoing = ({ record, reason, message }: DeadLetter, topic: string): OutgoingRecord => ({
  topic,
  key: record.key,
  value: record.value,
  headers: {
    ...toOriginalHeaders(record),
    reason,
    message,
    'source-topic': record.topic,
    'source-partition': String(record.partition),
    'source-offset': String(record.offset),
    ...(record.unreadable === undefined ? {} : { 'source-last-offset': String(record.unreadable.lastOffset) }),
  },
});

/** Keeps the last headers that fit, because the bridge's own headers come last. */
const someHeaders = (headers: OutgoingRecord['headers'] = {}): OutgoingRecord['headers'] => {
  let left = KEPT_BYTES;
  const kept = Object.entries(headers)
    .reverse()
    .filter(([name, value]) => {
      left -= headerBytes(name, value);
      return left >= 0;
    });
  return Object.fromEntries(kept.reverse());
};

/** Returns the beginning of a dead letter, with its original length in a header. */
const truncated = (letter: OutgoingRecord): OutgoingRecord => ({
  ...letter,
  key: letter.key?.slice(0, KEPT_KEY_BYTES) ?? null,
  value: letter.value?.subarray(0, KEPT_BYTES) ?? null,
  headers: { ...someHeaders(letter.headers), 'truncated-from-bytes': String(letter.value?.length ?? 0) },
});

/** Publishes. Returns false when Kafka refused for good. */
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
 * Publishes dead letters and resolves when all are acknowledged. Too large ones are cut at once;
 * smaller ones only when the broker refuses them.
 * @throws BridgeError KAFKA_UNAVAILABLE (retryable), KAFKA_REJECTED when a cut letter is refused
 * too
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
 * Publishes unusable records as dead letters with their original key, value and, behind a prefix,
 * headers. Resolves when all are acknowledged.
 * @throws what `publishLetters` throws
 */
export const createPublishDeadLetters =
  (sink: Pick<RecordSink, 'publish'>, topic: string) =>
  (letters: readonly DeadLetter[]): Promise<void> =>
    publishLetters(
      sink,
      letters.map((letter) => toOutgoing(letter, topic)),
    );
