import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { fetchLogRange } from '../../shared/kafka/kafkajs/log-range';
import { openBatchSource } from '../../shared/kafka/kafkajs/open-batch-source';
import { type KafkaRecord, partitionKey, type TopicPartition } from '../../shared/kafka/ports';
import { createRegulator } from '../../shared/timing/regulator';
import { type KafkaConnection, withAdmin } from './open-kafka';

/** Prefix of the consumer groups of single readings, so that an ACL can allow them by prefix. */
const READER_GROUP_PREFIX = 'sms-bridge-cli-';

/** By partition: `low` is the first offset in the log, `high` the offset of the next record. */
export type Positions = ReadonlyMap<number, { readonly low: number; readonly high: number }>;

/**
 * Fetches the ends of the log now. When fetched before a publish, the `high` offsets are where the
 * statuses of the published messages begin.
 * @throws BridgeError KAFKA_…
 */
export const positionsOf = (kafka: Kafka, topic: string): Promise<Positions> => fetchLogRange(kafka, topic);

export type ReadRequest = {
  readonly topic: string;
  /** first offset to read, by partition; a partition without an entry is read from its beginning */
  readonly from: ReadonlyMap<number, number>;
  /** offset to end before, by partition, for those to read; undefined: until the signal fires */
  readonly until?: ReadonlyMap<number, number>;
  readonly signal: AbortSignal;
  /**
   * Handles records of one partition, in order. The next records wait until it resolves. 'enough'
   * ends the reading.
   */
  readonly onRecords: (records: readonly KafkaRecord[]) => Promise<'enough' | undefined>;
};

const SESSION_TIMEOUT_MS = 30_000;
/**
 * Number of fetched, unhandled records above which fetching pauses, so that slow printing does not
 * fill the memory.
 */
const MOST_IN_HAND = 5_000;

/** Returns the partitions that have records left before their end, with that end. */
const openEnds = ({ from, until }: ReadRequest, range: Positions): Map<number, number> =>
  new Map(
    [...(until ?? [])].filter(
      ([partition, end]) => end > Math.max(from.get(partition) ?? 0, range.get(partition)?.low ?? 0),
    ),
  );

/**
 * Returns the offset where reading starts, or null for the beginning of the log. A partition whose
 * end is reached starts at its high offset, so that nothing more is read from it.
 */
const startOf = (
  partition: number,
  { from, until }: ReadRequest,
  range: Positions,
  ends: ReadonlyMap<number, number>,
): number | null => {
  const { low, high } = range.get(partition) ?? { low: 0, high: 0 };
  const start = until !== undefined && !ends.has(partition) ? high : (from.get(partition) ?? low);
  return start <= low ? null : start;
};

/**
 * Reads a topic with a consumer group of its own, which is deleted afterwards. No service's group
 * is joined and no offset is committed.
 * @throws BridgeError KAFKA_…, or the error that `onRecords` throws
 */
export const readTopic = async (connection: KafkaConnection, request: ReadRequest): Promise<void> => {
  const { kafka, logger } = connection;
  const { topic, from, until, signal, onRecords } = request;
  const range = await positionsOf(kafka, topic);
  const ends = openEnds(request, range);
  if (signal.aborted || (until !== undefined && ends.size === 0)) return;
  const groupId = `${READER_GROUP_PREFIX}${topic}-${randomUUID()}`;
  let finish: (error?: unknown) => void = () => undefined;
  const finished = new Promise<void>((resolve, reject) => {
    finish = (error) => (error === undefined ? resolve() : reject(error));
  });
  // It is awaited below; until then a rejection must not count as unhandled.
  finished.catch(() => undefined);
  const stop = (): void => finish();
  signal.addEventListener('abort', stop, { once: true });
  let work: Promise<void> = Promise.resolve();
  let inHand = 0;
  let over = false;
  const regulator = createRegulator<readonly TopicPartition[]>(
    () => inHand > MOST_IN_HAND,
    () => inHand <= MOST_IN_HAND / 2,
  );

  const take = async (partition: number, records: readonly KafkaRecord[], nextOffset: number): Promise<void> => {
    if (over || signal.aborted) return;
    const end = until === undefined ? Number.POSITIVE_INFINITY : (until.get(partition) ?? 0);
    const wanted = records.filter(({ offset }) => offset >= (from.get(partition) ?? 0) && offset < end);
    if (wanted.length > 0 && (await onRecords(wanted)) === 'enough') {
      over = true;
      return finish();
    }
    if (nextOffset >= end) ends.delete(partition);
    if (until !== undefined && ends.size === 0) finish();
  };

  const source = await openBatchSource(
    kafka,
    { groupId, topic, sessionTimeoutMs: SESSION_TIMEOUT_MS, logger, instanceId: groupId },
    {
      onAssigned: async (partitions, source) => {
        regulator.begin(source);
        return new Map(
          partitions.map((assigned) => [partitionKey(assigned), startOf(assigned.partition, request, range, ends)]),
        );
      },
      onBatch: ({ partition, records, nextOffset }) => {
        inHand += records.length;
        regulator.regulate();
        work = work
          .then(() => take(partition, records, nextOffset))
          .then(() => {
            inHand -= records.length;
            regulator.regulate();
          })
          .catch(finish);
      },
      onFatal: finish,
    },
  );
  try {
    await finished;
  } finally {
    over = true;
    signal.removeEventListener('abort', stop);
    await source.close().catch(() => undefined);
    await withAdmin(kafka, (admin) => admin.deleteGroups([groupId])).catch(() => undefined);
  }
};
