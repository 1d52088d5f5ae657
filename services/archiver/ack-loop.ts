import { isRetryable, messageOf, toProblem } from '../../shared/errors';
import { countAlike, type FailedAlone } from '../../shared/faults/judge-fault';
import type { Judge } from '../../shared/faults/judge-with-probe';
import {
  type BatchSource,
  type KafkaRecord,
  type RecordBatch,
  recordBytes,
  type TopicPartition,
} from '../../shared/kafka/ports';
import type { AckCounts } from './ack-batch';

export type AckLoopOptions = {
  readonly batchSize: number;
  /** queued records at which reading pauses; it goes on at half of it */
  readonly queueHigh: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
};

/** Queued bytes at which reading pauses whatever their number: an acknowledgement has some hundred. */
const QUEUE_BYTES = 33_554_432;

export type AckLoopPorts = {
  readonly acknowledge: (
    records: readonly KafkaRecord[],
    poison?: { readonly reason: string; readonly message: string },
  ) => Promise<AckCounts>;
  readonly source: () => Pick<BatchSource, 'pause' | 'resume' | 'assigned' | 'commit'>;
  /** True for an error that a value in the batch may have caused. */
  readonly isPoison: (error: unknown) => boolean;
  /** Whether it is worth looking for one record that makes a batch fail, and whether such a record is to blame. */
  readonly blame: Judge['blame'];
  readonly judge: Judge['judge'];
  /** A fault of a table for people: where it is, and what to do. */
  readonly describe: (error: unknown) => Promise<string>;
  readonly pause: (ms: number) => Promise<void>;
  readonly stopped: () => boolean;
  readonly now: () => number;
  readonly onSettled: (counts: AckCounts, ms: number) => void;
  readonly onTrouble: (what: string, error: unknown, text?: string) => void;
};

export type AckLoop = {
  readonly onAssigned: (partitions: readonly TopicPartition[]) => void;
  readonly onBatch: (batch: RecordBatch) => void;
  /** The first offset of a partition that was read and is not settled; undefined when there is none. */
  readonly inHand: (at: TopicPartition) => number | undefined;
  /** Resolves when no batch is in flight any more. */
  readonly drain: () => Promise<void>;
  /** True while a table refuses what valid acknowledgements hold. */
  readonly refused: () => boolean;
  readonly trouble: () => string | undefined;
};

const furthest = (records: readonly KafkaRecord[]) => {
  const next = new Map<string, TopicPartition & { offset: number }>();
  for (const { topic, partition, offset } of records)
    next.set(`${topic}/${partition}`, { topic, partition, offset: offset + 1 });
  return [...next.values()];
};

/**
 * From Kafka to the database, one batch at a time: the handler only queues; the worker settles, then commits the offsets. A batch that fails
 * is done again until it succeeds; a record that alone makes it fail is set aside. Never drops, never gives up.
 */
export const createAckLoop = (ports: AckLoopPorts, options: AckLoopOptions): AckLoop => {
  let queue: KafkaRecord[] = [];
  let generation = 0;
  let paused = false;
  let trouble: string | undefined;
  let refused = false;
  let working: Promise<void> | undefined;

  const regulate = (): void => {
    const bytes = queue.reduce((sum, record) => sum + recordBytes(record), 0);
    if (!paused && (queue.length >= options.queueHigh || bytes >= QUEUE_BYTES)) {
      paused = true;
      ports.source().pause(ports.source().assigned());
    } else if (paused && queue.length <= options.queueHigh / 2 && bytes <= QUEUE_BYTES / 2) {
      paused = false;
      ports.source().resume(ports.source().assigned());
    }
  };

  /** One try. @throws what kept it from being settled */
  const attempt = async (records: readonly KafkaRecord[], poison?: ReturnType<typeof toProblem>): Promise<void> => {
    const startedAt = ports.now();
    const counts = await ports.acknowledge(records, poison);
    trouble = undefined;
    refused = false;
    ports.onSettled(counts, ports.now() - startedAt);
  };

  /** Records that cannot be settled together, one by one: those that are to blame alone are set aside. @throws when something else is to blame */
  const settleAround = async (records: readonly KafkaRecord[], error: unknown): Promise<void> => {
    if ((await ports.blame(error)) === 'all') throw error;
    const alone: FailedAlone<KafkaRecord>[] = [];
    for (const record of records) {
      try {
        await attempt([record]);
      } catch (cause) {
        if (!ports.isPoison(cause)) throw cause;
        alone.push({ of: record, error: cause });
      }
    }
    const othersWentThrough = alone.length < records.length;
    for (const one of alone) {
      const blame = await ports.judge(one.error, {
        alike: countAlike(alone, one),
        othersWentThrough,
        longAlone: false,
      });
      if (blame !== 'value') throw one.error;
      ports.onTrouble('an acknowledgement was set aside', one.error);
      await attempt([one.of], toProblem(one.error));
    }
  };

  /** Until the records are settled or set aside; false when they are no longer ours to settle. A record that is settled twice stays as it is. */
  const settle = async (records: readonly KafkaRecord[], of: number): Promise<boolean> => {
    let backOffMs = options.retryMinMs;
    while (!ports.stopped() && generation === of) {
      try {
        await attempt(records).catch((error: unknown) => {
          if (!ports.isPoison(error)) throw error;
          return settleAround(records, error);
        });
        return true;
      } catch (error) {
        refused = !isRetryable(error);
        trouble = isRetryable(error) ? messageOf(error) : await ports.describe(error);
        ports.onTrouble('taking note of acknowledgements failed and is tried again', error, trouble);
        await ports.pause(backOffMs);
        backOffMs = Math.min(options.retryMaxMs, backOffMs * 2);
      }
    }
    return false;
  };

  const work = async (): Promise<void> => {
    while (queue.length > 0 && !ports.stopped()) {
      const of = generation;
      const records = queue.slice(0, options.batchSize);
      const settled = await settle(records, of);
      if (generation !== of) continue;
      if (!settled) return;
      queue = queue.slice(records.length);
      regulate();
      await ports.source().commit(furthest(records));
    }
  };

  const kick = (): void => {
    working ??= work().finally(() => {
      working = undefined;
      if (queue.length > 0 && !ports.stopped()) kick();
    });
  };

  return {
    onAssigned: () => {
      // everything uncommitted comes again from the committed offsets, here or at another instance
      queue = [];
      generation += 1;
      paused = false;
      trouble = undefined;
    },
    onBatch: (batch) => {
      for (const record of batch.records) queue.push(record);
      regulate();
      kick();
    },
    inHand: ({ topic, partition }) =>
      queue.find((record) => record.partition === partition && record.topic === topic)?.offset,
    drain: async () => {
      await working;
    },
    refused: () => refused,
    trouble: () => trouble,
  };
};
