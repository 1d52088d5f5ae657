import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { fetchLogRange } from '../../shared/kafka/kafkajs/log-range';
import { openBatchSource } from '../../shared/kafka/kafkajs/open-batch-source';
import { type BatchSource, type KafkaRecord, partitionKey } from '../../shared/kafka/ports';
import { type KafkaConnection, withAdmin } from './open-kafka';

/** Throw-away groups begin with this, so that an access control list can allow them. */
const READER_GROUP_PREFIX = 'sms-bridge-cli-';

/** Where each partition stood: first offset in the log, and the one that the next record gets. */
export type Positions = ReadonlyMap<number, { readonly low: number; readonly high: number }>;

/** The log's ends at this moment: taken before something is published, they are where its answers begin. @throws BridgeError KAFKA_UNAVAILABLE */
export const positionsOf = (kafka: Kafka, topic: string): Promise<Positions> => fetchLogRange(kafka, topic);

export type ReadRequest = {
  readonly topic: string;
  /** Where to start; a partition that is not named starts at its beginning. */
  readonly from: ReadonlyMap<number, number>;
  /** Where to end, only these partitions; undefined: read on until the signal. */
  readonly until?: ReadonlyMap<number, number>;
  readonly signal: AbortSignal;
  /** Takes records of one partition, in order; the next ones wait until it resolves. 'enough' ends the reading. */
  readonly onRecords: (records: readonly KafkaRecord[]) => Promise<'enough' | undefined>;
};

const SESSION_TIMEOUT_MS = 30_000;
/** Records in hand at which fetching rests: what is read faster than it is printed must not fill the memory. */
const MOST_IN_HAND = 5_000;

/** Which partitions still have something to read before their end. */
const openEnds = ({ from, until }: ReadRequest, range: Positions): Map<number, number> =>
  new Map(
    [...(until ?? [])].filter(
      ([partition, end]) => end > Math.max(from.get(partition) ?? 0, range.get(partition)?.low ?? 0),
    ),
  );

/**
 * Reads a topic in a group of its own, which is gone afterwards: no service's group is joined, no position is stored.
 * @throws BridgeError KAFKA_UNAVAILABLE, or what `onRecords` throws
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
  // awaited below; until then a rejection must not count as unhandled
  finished.catch(() => undefined);
  const stop = (): void => finish();
  signal.addEventListener('abort', stop, { once: true });
  let work: Promise<void> = Promise.resolve();
  let inHand = 0;
  let resting = false;
  let over = false;

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

  let source: BatchSource | undefined;
  source = await openBatchSource(
    kafka,
    { groupId, topic, sessionTimeoutMs: SESSION_TIMEOUT_MS, logger, instanceId: groupId },
    {
      onAssigned: async (partitions) =>
        new Map(
          partitions.map((at) => {
            const { low, high } = range.get(at.partition) ?? { low: 0, high: 0 };
            // nothing is wanted of a partition whose end is reached
            const start = until !== undefined && !ends.has(at.partition) ? high : (from.get(at.partition) ?? low);
            return [partitionKey(at), start <= low ? null : start];
          }),
        ),
      onBatch: ({ partition, records, nextOffset }) => {
        inHand += records.length;
        if (!resting && inHand > MOST_IN_HAND && source !== undefined) {
          resting = true;
          source.pause(source.assigned());
        }
        work = work
          .then(() => take(partition, records, nextOffset))
          .then(() => {
            inHand -= records.length;
            if (!resting || inHand > MOST_IN_HAND / 2) return;
            resting = false;
            source?.resume(source.assigned());
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
