import type { Vital } from '../timing/watch-vital';

/**
 * Ports to the Kafka client: a source of batches and a sink of records. Services know only these,
 * so that another client can replace kafkajs (last release: February 2023).
 */

export type TopicPartition = { readonly topic: string; readonly partition: number };

/** One record as received. `offset` is a JS number, exact below 2^53. */
export type KafkaRecord = TopicPartition & {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** The last one of each name that has a value. */
  readonly headers: Readonly<Record<string, Buffer>>;
  /**
   * All headers in their order, if `headers` does not have them all. An absent value is an empty
   * one.
   */
  readonly allHeaders?: readonly (readonly [name: string, value: Buffer])[];
  /** Epoch ms. */
  readonly timestamp: number;
  /**
   * Present when this record stands for a whole unreadable batch: `value` is then the stored batch,
   * and `offset` its first offset that was not read before.
   */
  readonly unreadable?: { readonly message: string; readonly lastOffset: number };
};

/**
 * Records of one partition in offset order. They were read from `from` on: the offset of the first,
 * or less when control records precede it. Reading continues at `nextOffset`: the last offset + 1,
 * or further when control records follow.
 */
export type RecordBatch = TopicPartition & {
  readonly from: number;
  readonly records: readonly KafkaRecord[];
  readonly nextOffset: number;
};

/**
 * Progress in a partition as of the last fetch response. `next`: the offset to read next, undefined
 * before the first record. `stableEnd`: the last stable offset, which is the beginning of the
 * oldest open transaction, or else `end`. `end`: the high-water mark.
 */
export type ReadingProgress = TopicPartition & {
  readonly next: number | undefined;
  readonly stableEnd: number;
  readonly end: number;
};

export type BatchHandlers = {
  /**
   * Called after each rebalance with all partitions now owned, before any record of the new
   * assignment is delivered. The caller must drop records of partitions it no longer owns. Returns
   * the start offset of each partition, or null for the group's committed offset (earliest without
   * one). The first call may come before the source has finished opening, so the source is handed
   * in.
   */
  readonly onAssigned: (
    partitions: readonly TopicPartition[],
    source: BatchSource,
  ) => Promise<ReadonlyMap<string, number | null>>;
  /**
   * Must return quickly (it only buffers the records) and must not throw. Never called for a paused
   * partition.
   */
  readonly onBatch: (batch: RecordBatch, source: BatchSource) => void;
  /**
   * Called when the consumer is lost for good (crash without restart, watchdog, start offset out of
   * range). The process must then exit with code 1.
   */
  readonly onFatal: (error: Error) => void;
};

export type BatchSource = {
  readonly pause: (partitions: readonly TopicPartition[]) => void;
  readonly resume: (partitions: readonly TopicPartition[]) => void;
  /**
   * Continues reading a partition at this offset. Records that were already delivered remain the
   * caller's concern.
   */
  readonly seek: (partition: TopicPartition, offset: number) => void;
  /**
   * Commits offsets as a hint for lag tools where the database holds the truth. Failures are
   * logged, never thrown.
   */
  readonly commit: (offsets: readonly (TopicPartition & { readonly offset: number })[]) => Promise<void>;
  /** `low`: first offset in the log; `high`: log end offset. */
  readonly logRange: (topic: string) => Promise<ReadonlyMap<number, { readonly low: number; readonly high: number }>>;
  readonly assigned: () => readonly TopicPartition[];
  /** Returns the progress of the assigned partitions for which a response has arrived. */
  readonly progress: () => readonly ReadingProgress[];
  /** For /health/ready: undefined while joined and fetching or heartbeating, else why not. */
  readonly problem: () => string | undefined;
  /** Leaves the group and disconnects. Idempotent. */
  readonly close: () => Promise<void>;
};

/**
 * One record to publish. `key` selects the partition (murmur2, as in the Java client), unless
 * `partition` is given.
 */
export type OutgoingRecord = {
  readonly topic: string;
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
  /** A list stands for several headers of one name. */
  readonly headers?: Readonly<Record<string, string | Buffer | readonly Buffer[]>>;
  readonly partition?: number;
};

export type RecordSink = Vital & {
  /**
   * Resolves when all in-sync replicas have acknowledged every record. After a rejection some
   * records may have been stored. Safe to call concurrently.
   * @throws BridgeError KAFKA_UNAVAILABLE (retryable), KAFKA_REJECTED (not retryable); `unsent` if
   *   none of the records was sent
   */
  readonly publish: (records: readonly OutgoingRecord[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Returns the key of a partition in maps: `topic/partition`. */
export const partitionKey = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

const RECORD_OVERHEAD = 200;

/** Estimates the bytes that a record takes in memory. */
export const recordBytes = ({ key, value }: KafkaRecord): number =>
  RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0);
