import type { BatchSource, KafkaRecord, RecordBatch, TopicPartition } from '../../shared/kafka/ports';
import type { OffsetMoved } from './core/drop-replays';
import { createRecordBuffer, type RecordBuffer, type Slice } from './core/record-buffer';
import { createDepthWatch, type DepthOptions, type DepthPorts } from './depth-watch';
import { createFlights, type FlightOptions } from './flights';
import { createFlusher, type FlushOptions, type FlushPorts } from './flush-slices';
import { createSchemaPrefetch } from './prefetch-schemas';

export type RelayOptions = FlushOptions &
  FlightOptions &
  DepthOptions & {
    readonly bufferHigh: number;
    readonly bufferLow: number;
    /** buffered bytes at which the partitions are paused; they are resumed at half of it */
    readonly bufferBytes?: number;
  };

/** The ports of the relay's loop. */
export type RelayLoopPorts = FlushPorts &
  DepthPorts & {
    /** Next offset of each assigned partition, from the database; resolves only when it is known. */
    readonly loadPositions: (partitions: readonly TopicPartition[]) => Promise<ReadonlyMap<TopicPartition, number>>;
    /** Which records can be read at once, and a look-up of what the others need; they wait apart meanwhile. Without it all can be read. */
    readonly schemas?: {
      readonly isKnown: (record: KafkaRecord) => boolean;
      readonly prefetchSchemas: (records: readonly KafkaRecord[]) => Promise<void>;
    };
  };

/** The source of the batches, as far as the loop steers it. */
export type RelaySource = Pick<BatchSource, 'pause' | 'resume' | 'seek' | 'assigned'>;

export type RelayLoop = {
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
  readonly problem: () => string | undefined;
};

/** Steers the source: pauses and resumes it at the marks of the buffer, and reads again what was moved. */
const createSteering = (buffer: RecordBuffer, { bufferHigh, bufferLow, bufferBytes = Infinity }: RelayOptions) => {
  /** the one that assigned the present partitions */
  let source: RelaySource | undefined;
  let paused = false;
  return {
    begin: (from: RelaySource): void => {
      source = from;
      paused = false;
    },
    regulate: (): void => {
      const size = buffer.size();
      const bytes = buffer.bytes();
      if (!paused && (size >= bufferHigh || bytes >= bufferBytes)) {
        paused = true;
        source?.pause(source.assigned());
      } else if (paused && size <= bufferLow && bytes <= bufferBytes / 2) {
        paused = false;
        source?.resume(source.assigned());
      }
    },
    /** Forgets what is buffered of these partitions and reads them again: the moved one from where its row stands now. */
    readAgain: (slices: readonly Slice[], moved: OffsetMoved): void => {
      for (const slice of slices) {
        const from = slice.partition === moved.topicPartition.partition ? (moved.next ?? slice.from) : slice.from;
        buffer.rewind(slice, from);
        source?.seek({ topic: slice.topic, partition: slice.partition }, from);
      }
    },
  };
};

/**
 * Creates the flow from buffer to database: at once when idle, in full batches under load (records
 * that arrive during a flush form the next one).
 */
export const createRelayLoop = (ports: RelayLoopPorts, options: RelayOptions): RelayLoop => {
  const buffer = createRecordBuffer(ports.schemas?.isKnown);
  const { begin, regulate, readAgain } = createSteering(buffer, options);
  let held: string | undefined;

  const flusher = createFlusher(
    ports,
    {
      isCurrent: (generation) => buffer.generation() === generation,
      onMoved: (slices, moved) => {
        ports.onProblem('the offset row was moved back: reading again from there', moved);
        readAgain(slices, moved);
      },
    },
    options,
  );

  const schemas =
    ports.schemas && createSchemaPrefetch({ ...ports, ...ports.schemas, onReady: () => kick() }, buffer, options);

  const flights = createFlights(
    buffer,
    flusher,
    {
      mayBegin: () => !depth.throttled() && held === undefined && !ports.signal.aborted,
      overtaking: () => schemas?.overtaking() ?? false,
      onDone: regulate,
      now: ports.now,
    },
    options,
  );
  const depth = createDepthWatch(ports, options, () => kick());
  const { kick } = flights;

  return {
    onAssigned: async (partitions, from) => {
      begin(from);
      // what is buffered may belong to others now; the new positions come from the database, so nothing is lost by forgetting it
      buffer.reset(new Map());
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
    watchDepth: depth.watch,
    kick,
    drain: flights.drain,
    waiting: () => buffer.size(),
    isIdle: buffer.isIdle,
    hold: (why) => {
      held = why;
      kick();
    },
    refused: flusher.refused,
    problem: () =>
      held ??
      flusher.problem() ??
      schemas?.problem() ??
      (depth.throttled() ? 'the exchange table is over its high-water mark' : undefined),
  };
};
