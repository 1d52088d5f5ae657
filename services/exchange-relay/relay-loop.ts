import type { BatchSource, KafkaRecord, RecordBatch, TopicPartition } from '../../shared/kafka/ports';
import { pollUntilStopped } from '../../shared/timing/poll';
import { type ExchangeDepth, mustRest, type WaterMarks } from './core/back-pressure';
import { createRecordBuffer, type Slice } from './core/record-buffer';
import { createFlusher, type FlushOptions, type FlushPorts } from './flush-slices';
import { createLearnSchemas } from './learn-schemas';

export type RelayOptions = FlushOptions & {
  readonly batchSize: number;
  /** flushes in flight; never two for one partition */
  readonly slots: number;
  readonly bufferHigh: number;
  readonly bufferLow: number;
  /** buffered bytes at which the partitions are paused; they are resumed at half of it */
  readonly bufferBytes?: number;
  readonly marks: WaterMarks;
  readonly depthCheckMs: number;
};

/** The ports of the relay's loop. */
export type RelayLoopPorts = FlushPorts & {
  /**
   * Returns the next offset of each assigned partition from the database. Resolves only when it is
   * known.
   */
  readonly loadPositions: (partitions: readonly TopicPartition[]) => Promise<ReadonlyMap<TopicPartition, number>>;
  /**
   * Tells which records can be read at once, and looks up the schemas of the others, which wait
   * apart. Without it all can be read.
   */
  readonly schemas?: {
    readonly isKnown: (record: KafkaRecord) => boolean;
    readonly learn: (records: readonly KafkaRecord[]) => Promise<void>;
  };
  readonly measureDepth: (limit: number) => Promise<ExchangeDepth>;
  readonly onRest: (resting: boolean, depth: ExchangeDepth) => void;
};

/** The source of the batches, as far as the loop steers it. */
export type RelaySource = Pick<BatchSource, 'pause' | 'resume' | 'seek' | 'assigned'>;

export type Relay = {
  readonly onAssigned: (
    partitions: readonly TopicPartition[],
    source: RelaySource,
  ) => Promise<ReadonlyMap<TopicPartition, number>>;
  readonly onBatch: (batch: RecordBatch) => void;
  /** Measures the exchange table's depth until stopped. */
  readonly watchDepth: () => Promise<void>;
  /**
   * Starts a flush if one may start. Must be called regularly, because a flush in flight becomes
   * old without any event.
   */
  readonly kick: () => void;
  /** Resolves when no flush is in flight. */
  readonly drain: () => Promise<void>;
  readonly waiting: () => number;
  /** Starts no flush while there is a reason; undefined lifts the hold. */
  readonly hold: (why: string | undefined) => void;
  /** True while a fault of the tables prevents handing over: a person must act. */
  readonly refused: () => boolean;
  /** Returns true if no fetched record of this partition is still to be committed. */
  readonly isIdle: (partition: TopicPartition) => boolean;
  /** The cause that prevents handing over, or undefined. */
  readonly trouble: () => string | undefined;
};

/** about the bytes of one transaction; a larger record goes alone */
const FLUSH_BYTES = 8_388_608;

/** A flush that is older than this no longer delays the next one, even a small one. */
const OLD_FLUSH_MS = 400;

/**
 * Creates the flow from buffer to database: at once when idle, in full batches under load (records
 * that arrive during a flush form the next one).
 */
export const createRelay = (ports: RelayLoopPorts, options: RelayOptions): Relay => {
  const { bufferBytes = Number.POSITIVE_INFINITY } = options;
  const buffer = createRecordBuffer(ports.schemas?.isKnown);
  /** with the time of its start */
  const inFlight = new Map<Promise<void>, number>();
  /** flushes of one partition each, whose offset row another session holds; they take no slot */
  const apart = new Set<Promise<void>>();
  /** the source that assigned the current partitions */
  let source: RelaySource | undefined;
  let held: string | undefined;
  let paused = false;
  let resting = false;

  const regulate = (): void => {
    const size = buffer.size();
    const bytes = buffer.bytes();
    if (!paused && (size >= options.bufferHigh || bytes >= bufferBytes)) {
      paused = true;
      source?.pause(source.assigned());
    } else if (paused && size <= options.bufferLow && bytes <= bufferBytes / 2) {
      paused = false;
      source?.resume(source.assigned());
    }
  };

  const flusher = createFlusher(
    ports,
    {
      isCurrent: (generation) => buffer.generation() === generation,
      // Forgets the buffered records of these partitions and reads them again; the moved one from
      // the present value of its row.
      onMoved: (slices, moved) => {
        ports.onTrouble('the offset row was moved back: reading again from there', moved);
        for (const slice of slices) {
          const from = slice.partition === moved.at.partition ? (moved.next ?? slice.from) : slice.from;
          buffer.rewind(slice, from);
          source?.seek({ topic: slice.topic, partition: slice.partition }, from);
        }
      },
    },
    options,
  );

  const schemas =
    ports.schemas && createLearnSchemas({ ...ports, ...ports.schemas, onReady: () => kick() }, buffer, options);

  /** Makes the partitions of these slices available again. */
  const release = (slices: readonly Slice[], generation: number): void => {
    buffer.done(slices, generation);
    regulate();
    kick();
  };

  /** Commits a slice beside the other flushes, when the offset row of its partition is free. */
  const flushApart = (slice: Slice, generation: number): void => {
    const run: Promise<void> = flusher.flushWhenFree(slice, generation).finally(() => {
      apart.delete(run);
      release([slice], generation);
    });
    apart.add(run);
  };

  const mayFlush = (): boolean => {
    if (resting || held !== undefined || ports.signal.aborted || inFlight.size >= options.slots) return false;
    const available = buffer.available();
    return available > 0 && (available >= options.batchSize || allOld());
  };

  /** Returns true also if no flush is in flight. */
  const allOld = (): boolean => [...inFlight.values()].every((since) => ports.now() - since > OLD_FLUSH_MS);

  const kick = (): void => {
    while (mayFlush()) {
      const slices = buffer.take(options.batchSize, FLUSH_BYTES, schemas?.overtaking() ?? false);
      if (slices.length === 0) return;
      const generation = buffer.generation();
      const run: Promise<void> = flusher.flush(slices, generation).then((waiting) => {
        inFlight.delete(run);
        for (const slice of waiting) flushApart(slice, generation);
        release(
          slices.filter((slice) => !waiting.includes(slice)),
          generation,
        );
      });
      inFlight.set(run, ports.now());
    }
  };

  return {
    onAssigned: async (partitions, from) => {
      source = from;
      // Another process may own the buffered records now. Forgetting them loses none, because the
      // new positions come from the database.
      buffer.reset(new Map());
      paused = false;
      const positions = await ports.loadPositions(partitions);
      buffer.reset(positions);
      return positions;
    },
    onBatch: (batch) => {
      buffer.add(batch);
      regulate();
      schemas?.lookUp();
      kick();
    },
    watchDepth: () =>
      pollUntilStopped({
        work: async () => {
          const depth = await ports.measureDepth(options.marks.highRows + 1);
          const next = mustRest(resting, depth, options.marks);
          if (next !== resting) ports.onRest(next, depth);
          resting = next;
          if (!resting) kick();
          return false;
        },
        onError: (error) => ports.onTrouble('cannot look at the exchange table', error),
        pace: () => options.depthCheckMs,
        signal: ports.signal,
        pause: ports.pause,
      }),
    kick,
    drain: async () => {
      await Promise.allSettled([...inFlight.keys()]);
      await Promise.allSettled([...apart]);
    },
    waiting: () => buffer.size(),
    isIdle: buffer.isIdle,
    hold: (why) => {
      held = why;
      kick();
    },
    refused: flusher.refused,
    trouble: () =>
      held ??
      flusher.trouble() ??
      schemas?.trouble() ??
      (resting ? 'the exchange table is over its high-water mark' : undefined),
  };
};
