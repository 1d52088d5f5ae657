import type { TopicNames } from '../../shared/kafka/kafkajs/topics';
import { fromOriginalHeaders } from '../../shared/kafka/original-headers';
import type { KafkaRecord, OutgoingRecord } from '../../shared/kafka/ports';
import { failed, ok, type Result } from '../../shared/result';
import { usageError } from '../report-error';

export type Source =
  | { readonly kind: 'topic'; readonly topic: string; readonly partition: number; readonly offset: number }
  | { readonly kind: 'table'; readonly table: string; readonly row: string }
  | { readonly kind: 'unknown' };

/** A dead letter as the list shows it: without its bytes. */
export type Letter = {
  /** partition/offset on the dead-letter topic */
  readonly id: string;
  readonly partition: number;
  readonly offset: number;
  /** epoch ms */
  readonly at: number;
  readonly reason: string;
  readonly message: string;
  readonly source: Source;
  readonly bytes: number;
  /** original length in bytes, when only the beginning of the record was kept */
  readonly truncatedFrom: number | undefined;
};

/**
 * Reason in the header of a note that marks a dead letter as replayed. Notes are on the dead-letter
 * topic as well.
 */
const REPLAYED = 'REPLAYED';
const REPLAY_OF = 'replay-of';

/** Headers that the platform adds to a record that becomes a dead letter. */
const ADDED = new Set([
  'reason',
  'message',
  'source-topic',
  'source-partition',
  'source-offset',
  'source-last-offset',
  'source-table',
  'source-seq',
  'truncated-from-bytes',
]);

export const toLetterId = (partition: number, offset: number): string => `${partition}/${offset}`;

/**
 * Parses `partition/offset`; `@` or `:` may stand in place of the slash.
 * @throws BridgeError USAGE
 */
export const parseLetterId = (id: string): { readonly partition: number; readonly offset: number } => {
  const match = /^(\d{1,9})[/@:](\d{1,15})$/.exec(id);
  if (match === null)
    throw usageError(`"${id}" is not the id of a dead letter: an id is partition/offset, such as 0/17`);
  return { partition: Number(match[1]), offset: Number(match[2]) };
};

const sourceOf = ({ headers }: KafkaRecord): Source => {
  const header = (name: string): string | undefined => headers[name]?.toString();
  const topic = header('source-topic');
  if (topic !== undefined) {
    return {
      kind: 'topic',
      topic,
      partition: Number(header('source-partition')),
      offset: Number(header('source-offset')),
    };
  }
  const table = header('source-table');
  return table === undefined ? { kind: 'unknown' } : { kind: 'table', table, row: header('source-seq') ?? '?' };
};

/**
 * Returns the id of the dead letter that this note marks as replayed; undefined when the record is
 * itself a dead letter. In letters of earlier versions, a record's own header could have the note's
 * name.
 */
export const replayOf = ({ headers }: KafkaRecord): string | undefined =>
  headers.reason?.toString() === REPLAYED ? headers[REPLAY_OF]?.toString() : undefined;

/** Dead letters from this table are whole records of sms.received-ack, so they can be replayed. */
export const toLetter = (record: KafkaRecord): Letter => ({
  id: toLetterId(record.partition, record.offset),
  partition: record.partition,
  offset: record.offset,
  at: record.timestamp,
  // A batch of the dead-letter topic can be unreadable too: any client with write access can
  // publish one.
  reason: record.unreadable === undefined ? (record.headers.reason?.toString() ?? '?') : 'BATCH_UNREADABLE',
  message: record.unreadable?.message ?? record.headers.message?.toString() ?? '',
  source: sourceOf(record),
  bytes: record.value?.length ?? 0,
  truncatedFrom:
    record.headers['truncated-from-bytes'] === undefined
      ? undefined
      : Number(record.headers['truncated-from-bytes'].toString()),
});

export const describeSource = (source: Source): string => {
  if (source.kind === 'topic') return `${source.topic}/${source.partition}@${source.offset}`;
  return source.kind === 'table' ? `${source.table} #${source.row}` : 'unknown';
};

/** The values that were kept in this table are whole records of sms.received-ack. */
const ACK_TABLE = 'sm_receive_ack';

/**
 * Returns the topic that a dead letter is replayed to, or the reason why it cannot be replayed.
 * Only the platform's own topics are accepted, because any client can set the headers. Pure.
 */
export const replayTarget = ({ reason, source, truncatedFrom }: Letter, topics: TopicNames): Result<string, string> => {
  if (reason === 'BATCH_UNREADABLE') return failed('it is a whole batch that could not be read, not a record');
  if (truncatedFrom !== undefined) return failed(`only the beginning of its ${truncatedFrom} bytes was kept`);
  if (source.kind === 'unknown') return failed('its origin is unknown');
  if (source.kind === 'table') {
    if (source.table.toLowerCase() === ACK_TABLE) return ok(topics.receivedAck);
    return failed(
      `it is a row of ${source.table}, not a record: correct it (see \`dead-letters show\`) and insert it again`,
    );
  }
  const known = [topics.send, topics.status, topics.received, topics.receivedAck];
  if (known.includes(source.topic)) return ok(source.topic);
  return failed(`${source.topic} is not a topic of this platform: check --topic-prefix`);
};

/** Returns the original record, without the headers that the platform added. */
export const toReplay = (record: KafkaRecord, topic: string): OutgoingRecord => ({
  topic,
  key: record.key,
  value: record.value,
  headers: fromOriginalHeaders(record, ADDED),
});

/**
 * Returns the note that a dead letter was replayed. It goes into the dead letter's own partition,
 * so that a reader meets it after the dead letter.
 */
export const toReplayNote = (record: KafkaRecord, target: string): OutgoingRecord => ({
  topic: record.topic,
  partition: record.partition,
  key: record.key,
  value: null,
  headers: {
    reason: REPLAYED,
    message: `replayed to ${target}`,
    [REPLAY_OF]: toLetterId(record.partition, record.offset),
  },
});
