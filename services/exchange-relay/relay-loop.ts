import type { BatchSource, KafkaRecord, RecordBatch, TopicPartition } from '../../shared/kafka/ports';
import { createRegulator } from '../../shared/timing/regulator';
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
    /** Loads the next offset of each partition from the database; retries until it succeeds. */
    readonly loadPositions: (partitions: readonly TopicPartition[]) => Promise<ReadonlyMap<TopicPartition, number>>;
    /**
     * Tells which records can be decoded at once, and loads the schemas of the others, which wait
     * apart meanwhile. Without it all can be decoded.
     */
    readonly schemas?: {
      readonly isKnown: (record: KafkaRecord) => boolean;
      readonly prefetchSchemas: (records: readonly KafkaRecord[]) => Promise<void>;
    };
  };

/** The source of the batches, as far as the loop steers it. */
export type RelaySource = Pick<BatchSource, 'pause' | 'resume' | 'seek' | 'assigned'>;

export type RelayLoop = {
  /**
   * Takes over the partitions of a new assignment.
   * @returns where to start in each; undefined if a later assignment has come meanwhile
   */
  readonly onAssigned: (
    partitions: readonly TopicPartition[],
    source: RelaySource,
  ) => Promise<ReadonlyMap<TopicPartition, number> | undefined>;
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

/** Pauses and resumes the source at the marks of the buffer, and reads moved partitions again. */
const createSteering = (buffer: RecordBuffer, { bufferHigh, bufferLow, bufferBytes = Infinity }: RelayOptions) => {
  const regulator = createRegulator<readonly TopicPartition[]>(
    () => buffer.size() >= bufferHigh || buffer.bytes() >= bufferBytes,
    () => buffer.size() <= bufferLow && buffer.bytes() <= bufferBytes / 2,
  );
  /** the one that assigned the current partitions */
  let source: RelaySource | undefined;
  const readFrom = ({ topic, partition }: TopicPartition, offset: number): void =>
    source?.seek({ topic, partition }, offset);
  return {
    begin: (from: RelaySource): void => {
      source = from;
      regulator.begin(from);
    },
    regulate: regulator.regulate,
    readFrom,
    /**
     * Drops the buffered records of these partitions and reads them again from their offset rows.
     */
    readAgain: (slices: readonly Slice[], moved: OffsetMoved): void => {
      for (const slice of slices) {
        const from = slice.partition === moved.topicPartition.partition ? (moved.next ?? slice.from) : slice.from;
        buffer.rewind(slice, from);
        readFrom(slice, from);
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
  const { begin, regulate, readAgain, readFrom } = createSteering(buffer, options);
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
      // The buffered records may belong to another relay now. The database has the new positions,
      // so dropping them loses nothing.
      const generation = buffer.reset(new Map());
      const positions = await ports.loadPositions(partitions);
      // A later assignment has its own positions, and perhaps records in the buffer.
      if (buffer.generation() !== generation) return undefined;
      buffer.reset(positions);
      return positions;
    },
    onBatch: (batch) => {
      const expected = buffer.add(batch);
      if (expected !== undefined) readFrom(batch, expected);
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
