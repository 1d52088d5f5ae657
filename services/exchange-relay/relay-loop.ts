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

/** What the relay's loop needs of the world. */
export type RelayLoopPorts = FlushPorts & {
  /** Next offset of each assigned partition, from the database; resolves only when it is known. */
  readonly loadPositions: (partitions: readonly TopicPartition[]) => Promise<ReadonlyMap<TopicPartition, number>>;
  /** Which records can be read at once, and a look-up of what the others need; they wait apart meanwhile. Without it all can be read. */
  readonly schemas?: {
    readonly isKnown: (record: KafkaRecord) => boolean;
    readonly learn: (records: readonly KafkaRecord[]) => Promise<void>;
  };
  readonly measureDepth: (limit: number) => Promise<ExchangeDepth>;
  readonly onRest: (resting: boolean, depth: ExchangeDepth) => void;
};

/** Where the batches come from, as far as the loop steers it. */
export type RelaySource = Pick<BatchSource, 'pause' | 'resume' | 'seek' | 'assigned'>;

export type Relay = {
  readonly onAssigned: (
    partitions: readonly TopicPartition[],
    source: RelaySource,
  ) => Promise<ReadonlyMap<TopicPartition, number>>;
  readonly onBatch: (batch: RecordBatch) => void;
  /** Looks at the exchange table's depth until stopped. */
  readonly watchDepth: () => Promise<void>;
  /** Begins a flush if one may begin; to be called now and then, because a flush in flight grows old without anything happening. */
  readonly kick: () => void;
  /** Resolves when no flush is in flight any more. */
  readonly drain: () => Promise<void>;
  readonly waiting: () => number;
  /** Begins no flush while there is a reason; without one it goes on. */
  readonly hold: (why: string | undefined) => void;
  /** True while what keeps it from handing over is a fault of the tables: time alone does not mend it. */
  readonly refused: () => boolean;
  /** True when nothing that was fetched of this partition is still to be committed. */
  readonly isIdle: (at: TopicPartition) => boolean;
  /** What keeps it from handing over, or undefined. */
  readonly trouble: () => string | undefined;
};

/** of one transaction, about; a larger record goes alone */
const FLUSH_BYTES = 8_388_608;

/** A flush that is older than this does not keep the next one waiting, however little there is to flush. */
const OLD_FLUSH_MS = 400;

/** From buffer to database: at once when idle, in full batches under load (records that arrive during a flush form the next one). */
export const createRelay = (ports: RelayLoopPorts, options: RelayOptions): Relay => {
  const { bufferBytes = Number.POSITIVE_INFINITY } = options;
  const buffer = createRecordBuffer(ports.schemas?.isKnown);
  /** with the time of its start */
  const inFlight = new Map<Promise<void>, number>();
  /** of one partition each, whose offset row another session holds; they take no slot */
  const apart = new Set<Promise<void>>();
  /** the one that assigned the present partitions */
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
      // forgets what is buffered of these partitions and reads them again: the moved one from where its row stands now
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

  /** Their partitions may be taken again. */
  const release = (slices: readonly Slice[], generation: number): void => {
    buffer.done(slices, generation);
    regulate();
    kick();
  };

  /** Beside everything else, until the partition's offset row is free and its slice committed. */
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

  /** True also when none is in flight. */
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
      // what is buffered may belong to others now; the new positions come from the database, so nothing is lost by forgetting it
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
