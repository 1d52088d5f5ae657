import type { TopicNames } from '../../shared/kafka/kafkajs/topics';
import type { KafkaRecord, OutgoingRecord } from '../../shared/kafka/ports';
import { failed, ok, type Result } from '../../shared/result';
import { usageError } from '../report-error';

/** Where a dead letter came from. */
export type Source =
  | { readonly kind: 'topic'; readonly topic: string; readonly partition: number; readonly offset: number }
  | { readonly kind: 'table'; readonly table: string; readonly row: string }
  | { readonly kind: 'unknown' };

/** What the list says of a dead letter; its bytes are not among it. */
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
  /** how long the record was of which only the beginning was kept */
  readonly truncatedFrom: number | undefined;
};

/** A note on the dead-letter topic that one was replayed. */
const REPLAYED = 'REPLAYED';
const REPLAY_OF = 'replay-of';

/** What the bridge adds to the headers of a record that becomes a dead letter. */
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

/** @throws BridgeError USAGE */
export const parseLetterId = (id: string): { readonly partition: number; readonly offset: number } => {
  const match = /^(\d{1,9})[/@:](\d{1,15})$/.exec(id);
  if (match === null) throw usageError(`"${id}" is no dead letter's id: it is partition/offset, like 0/17`);
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

/** The id of the dead letter that this record says was replayed; undefined when it is a dead letter itself. */
export const replayOf = ({ headers }: KafkaRecord): string | undefined => headers[REPLAY_OF]?.toString();

export const toLetter = (record: KafkaRecord): Letter => ({
  id: toLetterId(record.partition, record.offset),
  partition: record.partition,
  offset: record.offset,
  at: record.timestamp,
  // a batch of the dead-letter topic can be unreadable too: anybody with the right to write there can publish one
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

/** Acknowledgements that were kept in this table are whole records of their topic. */
const ACK_TABLE = 'sm_receive_ack';

/** The topic that a dead letter is replayed to, or why it cannot be. Only topics of this platform: the headers are anybody's. */
export const replayTarget = ({ reason, source, truncatedFrom }: Letter, topics: TopicNames): Result<string, string> => {
  if (reason === 'BATCH_UNREADABLE') return failed('it is a whole batch that could not be read, not a record');
  if (truncatedFrom !== undefined) return failed(`only the beginning of its ${truncatedFrom} bytes was kept`);
  if (source.kind === 'unknown') return failed('it does not say where it came from');
  if (source.kind === 'table') {
    if (source.table.toLowerCase() === ACK_TABLE) return ok(topics.receivedAck);
    return failed(
      `it is a row of ${source.table}, not a record: correct it (see \`dead-letters show\`) and insert it again`,
    );
  }
  const known = [topics.send, topics.status, topics.received, topics.receivedAck];
  if (known.includes(source.topic)) return ok(source.topic);
  return failed(`${source.topic} is no topic of this platform (is --topic-prefix right?)`);
};

/** The original record: bytes, key and the headers it came with. */
export const toReplay = (record: KafkaRecord, topic: string): OutgoingRecord => ({
  topic,
  key: record.key,
  value: record.value,
  headers: Object.fromEntries(Object.entries(record.headers).filter(([name]) => !ADDED.has(name))),
});

/** The note that goes into the dead letter's own partition, so it is read after it. */
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
