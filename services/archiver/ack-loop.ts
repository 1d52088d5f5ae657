import { messageOf, toProblem } from '../shared/errors';
import {
  type BatchSource,
  type KafkaRecord,
  type RecordBatch,
  recordBytes,
  type TopicPartition,
} from '../shared/kafka/ports';
import type { AckCounts } from './acknowledge';

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
  /** True for an error that only a value in the batch can have caused. */
  readonly isPoison: (error: unknown) => boolean;
  readonly pause: (ms: number) => Promise<void>;
  readonly stopped: () => boolean;
  readonly now: () => number;
  readonly onSettled: (counts: AckCounts, ms: number) => void;
  readonly onTrouble: (what: string, error: unknown) => void;
};

export type AckLoop = {
  readonly onAssigned: (partitions: readonly TopicPartition[]) => void;
  readonly onBatch: (batch: RecordBatch) => void;
  /** Resolves when no batch is in flight any more. */
  readonly drain: () => Promise<void>;
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

  const settle = async (records: readonly KafkaRecord[], of: number): Promise<boolean> => {
    let backOffMs = options.retryMinMs;
    let poison: ReturnType<typeof toProblem> | undefined;
    while (!ports.stopped() && generation === of) {
      const startedAt = ports.now();
      try {
        const counts = await ports.acknowledge(records, poison);
        trouble = undefined;
        ports.onSettled(counts, ports.now() - startedAt);
        return true;
      } catch (error) {
        if (poison === undefined && ports.isPoison(error)) {
          if (records.length > 1) return settleEach(records, of);
          ports.onTrouble('an acknowledgement was set aside', error);
          poison = toProblem(error);
          continue;
        }
        trouble = messageOf(error);
        ports.onTrouble('taking note of acknowledgements failed and is tried again', error);
        await ports.pause(backOffMs);
        backOffMs = Math.min(options.retryMaxMs, backOffMs * 2);
      }
    }
    return false;
  };

  const settleEach = async (records: readonly KafkaRecord[], of: number): Promise<boolean> => {
    for (const record of records) if (!(await settle([record], of))) return false;
    return true;
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
    drain: async () => {
      await working;
    },
    trouble: () => trouble,
  };
};
