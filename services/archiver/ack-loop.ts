import { isRetryable, messageOf, toProblem } from '../../shared/errors';
import { createSetAside, type SetAsidePorts } from '../../shared/faults/set-aside';
import {
  type BatchSource,
  type KafkaRecord,
  type RecordBatch,
  recordBytes,
  type TopicPartition,
} from '../../shared/kafka/ports';
import type { Backoff } from '../../shared/timing/backoff';
import type { Waits } from '../../shared/timing/pause';
import { createRegulator } from '../../shared/timing/regulator';
import { retryWhile } from '../../shared/timing/retry';
import type { AckCounts } from './ack-batch';

export type AckLoopOptions = {
  readonly batchSize: number;
  /** queued records at which reading pauses; it resumes at half of it */
  readonly queueHigh: number;
  readonly retry: Backoff;
};

/**
 * Queued bytes at which reading pauses for any number of records. An acknowledgement has a few
 * hundred bytes.
 */
const QUEUE_BYTES = 33_554_432;

export type AckLoopPorts = Waits &
  /** Whether a record makes its batch fail, and whether the record is to blame. */
  Pick<SetAsidePorts<KafkaRecord>, 'isPoison' | 'blame' | 'judge'> & {
    readonly acknowledge: (
      records: readonly KafkaRecord[],
      poison?: { readonly reason: string; readonly message: string },
    ) => Promise<AckCounts>;
    /** Returns a text for people about a fault of a table: the place and the remedy. */
    readonly describe: (error: unknown) => Promise<string>;
    readonly now: () => number;
    readonly onSettled: (counts: AckCounts, ms: number) => void;
    readonly onProblem: (summary: string, error: unknown, text?: string) => void;
  };

/** The source of the acknowledgements, as far as the loop steers it. */
export type AckSource = Pick<BatchSource, 'pause' | 'resume' | 'assigned' | 'commit'>;

export type AckLoop = {
  readonly onAssigned: (partitions: readonly TopicPartition[], source: AckSource) => void;
  readonly onBatch: (batch: RecordBatch) => void;
  /**
   * Returns the first offset of a partition that was read and is not settled; undefined if there is
   * none.
   */
  readonly inHand: (partition: TopicPartition) => number | undefined;
  /** Resolves when no batch is in flight. */
  readonly drain: () => Promise<void>;
  /** True while a table refuses the values of valid acknowledgements. */
  readonly refused: () => boolean;
  readonly problem: () => string | undefined;
};

const furthest = (records: readonly KafkaRecord[]) => {
  const next = new Map<string, TopicPartition & { offset: number }>();
  for (const { topic, partition, offset } of records)
    next.set(`${topic}/${partition}`, { topic, partition, offset: offset + 1 });
  return [...next.values()];
};

/** Creates the settling of records, and records what prevents it. */
const createSettler = (ports: AckLoopPorts, backoff: Backoff) => {
  let problem: string | undefined;
  let refused = false;

  /**
   * Makes one attempt.
   * @throws the error that kept the records from being settled
   */
  const attempt = async (records: readonly KafkaRecord[], poison?: ReturnType<typeof toProblem>): Promise<void> => {
    const startedAt = ports.now();
    const counts = await ports.acknowledge(records, poison);
    problem = undefined;
    refused = false;
    ports.onSettled(counts, ports.now() - startedAt);
  };

  const settleAround = createSetAside<KafkaRecord>({
    ...ports,
    attempt,
    setAside: (record, error) => {
      ports.onProblem('an acknowledgement was set aside', error);
      return attempt([record], toProblem(error));
    },
    longAloneMs: Number.POSITIVE_INFINITY,
  });

  const failed = async (error: unknown): Promise<void> => {
    refused = !isRetryable(error);
    problem = refused ? await ports.describe(error) : messageOf(error);
    ports.onProblem('recording acknowledgements failed and is tried again', error, problem);
  };

  const settleOnce = async (records: readonly KafkaRecord[]): Promise<void> => {
    try {
      await attempt(records);
    } catch (error) {
      if (!ports.isPoison(error)) throw error;
      await settleAround(records, error);
    }
  };

  /**
   * Retries until the records are settled, set aside, or no longer assigned to this process; false
   * after a stop. A record that is settled twice stays as it is.
   */
  const settle = (records: readonly KafkaRecord[], isCurrent: () => boolean): Promise<boolean> => {
    const { signal, pause } = ports;
    const retrying = { retryable: () => true, onRetry: failed, backoff, signal, pause };
    return retryWhile(retrying, async () => {
      if (isCurrent()) await settleOnce(records);
    }).then(
      () => true,
      (error: unknown) => {
        if (!signal.aborted) throw error;
        return false;
      },
    );
  };

  return {
    settle,
    forget: (): void => {
      problem = undefined;
    },
    refused: (): boolean => refused,
    problem: (): string | undefined => problem,
  };
};

/**
 * Settles acknowledgements from Kafka, one batch at a time. The handler only queues; the worker
 * settles, then commits the offsets. A failed batch is retried until it succeeds; a record that
 * fails alone is set aside. No record is dropped.
 */
export const createAckLoop = (ports: AckLoopPorts, options: AckLoopOptions): AckLoop => {
  let queue: KafkaRecord[] = [];
  let generation = 0;
  /** the source that assigned the current partitions */
  let source: AckSource | undefined;
  let working: Promise<void> | undefined;

  const settler = createSettler(ports, options.retry);

  const queuedBytes = (): number => queue.reduce((sum, record) => sum + recordBytes(record), 0);
  const { begin, regulate } = createRegulator<readonly TopicPartition[]>(
    () => queue.length >= options.queueHigh || queuedBytes() >= QUEUE_BYTES,
    () => queue.length <= options.queueHigh / 2 && queuedBytes() <= QUEUE_BYTES / 2,
  );

  const work = async (): Promise<void> => {
    while (queue.length > 0 && !ports.signal.aborted) {
      const assignment = generation;
      const records = queue.slice(0, options.batchSize);
      const settled = await settler.settle(records, () => generation === assignment);
      if (generation !== assignment) continue;
      if (!settled) return;
      queue = queue.slice(records.length);
      regulate();
      await source?.commit(furthest(records));
    }
  };

  const kick = (): void => {
    working ??= work().finally(() => {
      working = undefined;
      if (queue.length > 0 && !ports.signal.aborted) kick();
    });
  };

  return {
    onAssigned: (_partitions, from) => {
      source = from;
      begin(from);
      // All uncommitted records come again from the committed offsets, here or at another instance.
      queue = [];
      generation += 1;
      settler.forget();
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
    refused: settler.refused,
    problem: settler.problem,
  };
};
