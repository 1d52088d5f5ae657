/**
 * The two ports behind which the Kafka client stays: a source of batches and a sink of batches. Services know only these, so another
 * client can take kafkajs' place (its last release is of February 2023).
 */

export type TopicPartition = { readonly topic: string; readonly partition: number };

/** One record as it came. `offset` is a JS number: exact below 2^53. */
export type KafkaRecord = TopicPartition & {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
  /** epoch ms */
  readonly timestamp: number;
  /** Present when this stands for a whole batch that cannot be read: then `value` holds the stored batch, and `offset` is the first of its offsets that count. */
  readonly unreadable?: { readonly message: string; readonly lastOffset: number };
};

/** Records of one partition in offset order. `nextOffset` is where reading goes on after them (last offset + 1, or beyond markers). */
export type RecordBatch = TopicPartition & {
  readonly records: readonly KafkaRecord[];
  readonly nextOffset: number;
};

/** Where reading of a partition is, and where its log ends as of the last answer: for readers, who do not see open transactions, and in all. */
export type ReadingProgress = TopicPartition & {
  readonly next: number | undefined;
  readonly stableEnd: number;
  readonly end: number;
};

export type BatchHandlers = {
  /**
   * Called after every rebalance, before any record of it is given out, with all partitions now owned. It returns for each partition the
   * offset to start from, or null to use the group's committed offset (earliest if there is none). Records of partitions no longer owned
   * must be dropped by the caller here.
   */
  readonly onAssigned: (partitions: readonly TopicPartition[]) => Promise<ReadonlyMap<string, number | null>>;
  /** Must return quickly (it hands the records to a buffer) and must not throw. Never called for a partition while it is paused. */
  readonly onBatch: (batch: RecordBatch) => void;
  /** The consumer is gone for good (crash without restart, watchdog, start offset out of range): the process must stop with exit code 1. */
  readonly onFatal: (error: Error) => void;
};

export type BatchSource = {
  readonly pause: (partitions: readonly TopicPartition[]) => void;
  readonly resume: (partitions: readonly TopicPartition[]) => void;
  /** Go on reading a partition from this offset; records already handed out are the caller's affair. */
  readonly seek: (at: TopicPartition, offset: number) => void;
  /** Tells Kafka how far the group is: a hint for lag tools where the database holds the truth. Rejections are logged, never thrown. */
  readonly commit: (offsets: readonly (TopicPartition & { readonly offset: number })[]) => Promise<void>;
  /** low = first offset in the log, high = log end offset */
  readonly logRange: (topic: string) => Promise<ReadonlyMap<number, { readonly low: number; readonly high: number }>>;
  readonly assigned: () => readonly TopicPartition[];
  /** Of the assigned partitions that an answer came for. */
  readonly progress: () => readonly ReadingProgress[];
  /** For /health/ready: undefined while joined and fetching or heartbeating, else what is wrong. */
  readonly problem: () => string | undefined;
  /** Leaves the group and disconnects. Idempotent. */
  readonly close: () => Promise<void>;
};

/** One record to publish. `key` decides the partition (murmur2 as in the Java client) unless `partition` is given. */
export type OutgoingRecord = {
  readonly topic: string;
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
  readonly partition?: number;
};

export type RecordSink = {
  /**
   * Resolves when every record is acknowledged by all in-sync replicas. Rejects with a BridgeError (KAFKA_UNAVAILABLE retryable,
   * KAFKA_REJECTED not): then some of the records may have been stored. Safe to call concurrently.
   */
  readonly publish: (records: readonly OutgoingRecord[]) => Promise<void>;
  /** For /health/ready: what went wrong with the last publishing; undefined when it was acknowledged. */
  readonly problem: () => string | undefined;
  readonly close: () => Promise<void>;
};

/** The key of a partition in maps: `topic/partition`. */
export const partitionKey = (at: TopicPartition): string => `${at.topic}/${at.partition}`;

const RECORD_OVERHEAD = 200;

/** About what a record takes in memory. */
export const recordBytes = ({ key, value }: KafkaRecord): number =>
  RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0);
