import { isRetryable, messageOf, toProblem } from '../shared/errors';
import { toFaultKey } from '../shared/faults/judge-fault';
import type { BatchSource, KafkaRecord, RecordBatch, TopicPartition } from '../shared/kafka/ports';
import { type ExchangeDepth, mustRest, type WaterMarks } from './core/back-pressure';
import { createRecordBuffer, type Slice } from './core/record-buffer';
import { splitApart, splitSlices } from './core/split-slices';
import { MessageLocked, OffsetsHeld } from './enter-messages';
import { type Aside, type BatchCounts, OffsetMoved } from './relay-batch';

export type RelayOptions = {
  readonly batchSize: number;
  /** flushes in flight; never two for one partition */
  readonly slots: number;
  readonly bufferHigh: number;
  readonly bufferLow: number;
  /** buffered bytes at which the partitions are paused; they are resumed at half of it */
  readonly bufferBytes?: number;
  readonly marks: WaterMarks;
  readonly depthCheckMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
};

/** What the relay's loop needs beside handing over one batch. */
export type RelayLoopPorts = {
  readonly relayBatch: (
    slices: readonly Slice[],
    aside?: Aside,
    patienceMs?: number,
    atOnce?: boolean,
  ) => Promise<BatchCounts>;
  /** Next offset of each assigned partition, from the database; resolves only when it is known. */
  readonly loadPositions: (partitions: readonly TopicPartition[]) => Promise<ReadonlyMap<TopicPartition, number>>;
  /** Which records can be read at once, and a look-up of what the others need; they wait apart meanwhile. Without it all can be read. */
  readonly schemas?: {
    readonly isKnown: (record: KafkaRecord) => boolean;
    readonly learn: (records: readonly KafkaRecord[]) => Promise<void>;
  };
  readonly measureDepth: (limit: number) => Promise<ExchangeDepth>;
  readonly source: () => Pick<BatchSource, 'pause' | 'resume' | 'seek' | 'assigned'>;
  readonly pause: (ms: number) => Promise<void>;
  /** True for an error that a value in the batch may have caused. */
  readonly isPoison: (error: unknown) => boolean;
  /**
   * Who is to blame for an error that one message may have caused, by a value or because it is locked: `all`: the tables, and nothing is set aside ·
   * `value`: nothing but the value can be · `unsure`: the tables are well, so the one record is parked, and what becomes of it is decided there.
   */
  readonly blame: (error: unknown) => Promise<'all' | 'value' | 'unsure'>;
  readonly onFlushed: (slices: readonly Slice[], counts: BatchCounts, ms: number) => void;
  /** A fault of the tables for people: where it is, and what to do. */
  readonly describe: (error: unknown) => Promise<string>;
  /** One record alone, beside which others go through. */
  readonly onAside: (what: string, error: unknown) => void;
  readonly onTrouble: (what: string, error: unknown, text?: string) => void;
  readonly onRest: (resting: boolean, depth: ExchangeDepth) => void;
  readonly stopped: () => boolean;
  readonly now: () => number;
};

export type Relay = {
  readonly onAssigned: (partitions: readonly TopicPartition[]) => Promise<ReadonlyMap<TopicPartition, number>>;
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

/** While a locked message is looked for by halves: what is not locked goes through in that time. */
const SHORT_PATIENCE_MS = 40;

/** So many records are tried one by one when one of them is locked. */
const FEW = 16;

const countRecords = (slices: readonly Slice[]): number => slices.reduce((sum, { records }) => sum + records.length, 0);

/** A flush that is older than this does not keep the next one waiting, however little there is to flush. */
const OLD_FLUSH_MS = 400;

/** A look-up may take so long before the records behind it overtake: a new version's first record keeps its place. */
const IN_ORDER_MS = 300;

/** Small, so that they go on as soon as one of them may. */
const LEARN_AT_ONCE = 64;

/**
 * From buffer to database: at once when idle, in full batches under load (records that arrive during a flush form the next one). A flush that fails
 * is done again until it succeeds; a record that alone makes it fail is parked or set aside, unless the tables are to blame. Never drops, never gives up.
 */
export const createRelay = (ports: RelayLoopPorts, options: RelayOptions): Relay => {
  const { bufferBytes = Number.POSITIVE_INFINITY } = options;
  const buffer = createRecordBuffer(ports.schemas?.isKnown);
  /** with the time of its start */
  const inFlight = new Map<Promise<void>, number>();
  /** of one partition each, of a batch with an offset row that another session holds; they take no slot */
  const apart = new Set<Promise<void>>();
  let offsetsTrouble: string | undefined;
  let held: string | undefined;
  let paused = false;
  let resting = false;
  let trouble: string | undefined;
  let refused = false;
  let schemaTrouble: string | undefined;
  let learning: Promise<void> | undefined;
  let overtaking = false;

  const regulate = (): void => {
    const size = buffer.size();
    const bytes = buffer.bytes();
    if (!paused && (size >= options.bufferHigh || bytes >= bufferBytes)) {
      paused = true;
      ports.source().pause(ports.source().assigned());
    } else if (paused && size <= options.bufferLow && bytes <= bufferBytes / 2) {
      paused = false;
      ports.source().resume(ports.source().assigned());
    }
  };

  /**
   * Until the slices are committed (with `aside`: set aside or parked), or are no longer ours to commit.
   * @throws OffsetsHeld when another session holds one of their offset rows; what is committed of them by then is known by those rows
   */
  const flush = async (
    slices: readonly Slice[],
    generation: number,
    aside?: Aside,
    patienceMs?: number,
    atOnce = false,
  ): Promise<void> => {
    let backOffMs = options.retryMinMs;
    while (!ports.stopped() && buffer.generation() === generation) {
      const startedAt = ports.now();
      try {
        const counts = await ports.relayBatch(slices, aside, patienceMs, atOnce);
        trouble = undefined;
        refused = false;
        ports.onFlushed(slices, counts, ports.now() - startedAt);
        return;
      } catch (error) {
        if (error instanceof OffsetMoved && error.next !== undefined)
          return readAgain(slices, error.at, error.next, error);
        if (error instanceof OffsetsHeld) throw error;
        const cause = error instanceof MessageLocked ? error.cause : error;
        if (aside === undefined && (error instanceof MessageLocked || ports.isPoison(error))) {
          // with a short patience it is known already that not all of the table is locked
          const searching = error instanceof MessageLocked && patienceMs !== undefined;
          const blame = searching ? 'unsure' : await ports.blame(cause);
          if (blame !== 'all') return flushAround(slices, generation, cause, blame);
        }
        refused = !isRetryable(cause);
        const text = refused ? await ports.describe(cause) : messageOf(cause);
        trouble = text;
        ports.onTrouble('handing over failed and is tried again', cause, text);
        await ports.pause(backOffMs);
        backOffMs = Math.min(options.retryMaxMs, backOffMs * 2);
      }
    }
  };

  /** Forgets what is buffered of these partitions and reads them again: the moved one from where its row stands now. */
  const readAgain = (slices: readonly Slice[], moved: TopicPartition, next: number, error: OffsetMoved): void => {
    ports.onTrouble('the offset row was moved back: reading again from there', error);
    for (const slice of slices) {
      const from = slice.partition === moved.partition ? next : slice.from;
      buffer.rewind(slice, from);
      ports.source().seek({ topic: slice.topic, partition: slice.partition }, from);
    }
  };

  /** A batch that one message makes impossible: halves, until its record is alone, and is set aside or parked with the reason. */
  const flushAround = async (
    slices: readonly Slice[],
    generation: number,
    error: unknown,
    blame: 'value' | 'unsure',
  ): Promise<void> => {
    const halves = splitSlices(slices);
    const locked = !ports.isPoison(error);
    if (halves !== undefined) {
      // a short wait for each record is soon over; halves of halves would wait for the same lock again and again
      const parts = locked && countRecords(slices) <= FEW ? splitApart(slices) : halves;
      for (const part of parts) await flush(part, generation, undefined, locked ? SHORT_PATIENCE_MS : undefined);
      return;
    }
    if (blame === 'value') {
      ports.onAside('a record was set aside', error);
      return flush(slices, generation, toProblem(error));
    }
    ports.onAside('a record was parked and is tried again', error);
    await flush(slices, generation, {
      park: { fault: locked ? '' : toFaultKey(error), message: messageOf(error) },
    });
  };

  /** Beside everything else, until the partition's offset row is free and its slice committed. */
  const flushApart = (slice: Slice, generation: number): void => {
    const tryOn = async (): Promise<void> => {
      for (let backOffMs = options.retryMinMs; ; backOffMs = Math.min(options.retryMaxMs, backOffMs * 2)) {
        try {
          return await flush([slice], generation, undefined, undefined, true);
        } catch (error) {
          if (!(error instanceof OffsetsHeld)) throw error;
          offsetsTrouble = error.message;
          ports.onAside('a partition waits for its offset row; the others go on', error);
          await ports.pause(backOffMs);
        }
      }
    };
    const run: Promise<void> = tryOn().finally(() => {
      apart.delete(run);
      if (apart.size === 0) offsetsTrouble = undefined;
      ended([slice], generation);
    });
    apart.add(run);
  };

  /** Their partitions may be taken again. */
  const ended = (slices: readonly Slice[], generation: number): void => {
    buffer.done(slices, generation);
    regulate();
    kick();
  };

  const mayFlush = (): boolean => {
    if (resting || held !== undefined || ports.stopped() || inFlight.size >= options.slots) return false;
    const available = buffer.available();
    return available > 0 && (available >= options.batchSize || allOld());
  };

  /** True also when none is in flight. */
  const allOld = (): boolean => [...inFlight.values()].every((since) => ports.now() - since > OLD_FLUSH_MS);

  const kick = (): void => {
    while (mayFlush()) {
      const slices = buffer.take(options.batchSize, FLUSH_BYTES, overtaking);
      if (slices.length === 0) return;
      const generation = buffer.generation();
      const run: Promise<void> = flush(slices, generation).then(
        () => {
          inFlight.delete(run);
          ended(slices, generation);
        },
        (error: unknown) => {
          inFlight.delete(run);
          if (!(error instanceof OffsetsHeld)) throw error;
          for (const slice of slices) flushApart(slice, generation);
          kick();
        },
      );
      inFlight.set(run, ports.now());
    }
  };

  /** Until nothing is held any more. */
  const learnHeld = async (learn: (records: readonly KafkaRecord[]) => Promise<void>): Promise<void> => {
    let backOffMs = options.retryMinMs;
    for (let held = buffer.held(LEARN_AT_ONCE); held.length > 0; held = buffer.held(LEARN_AT_ONCE)) {
      if (ports.stopped()) return;
      try {
        await learn(held);
        schemaTrouble = undefined;
        backOffMs = options.retryMinMs;
        buffer.release();
        kick();
      } catch (error) {
        schemaTrouble = messageOf(error);
        ports.onTrouble('schemas cannot be looked up; the records that need them wait', error);
        await ports.pause(backOffMs);
        backOffMs = Math.min(options.retryMaxMs, backOffMs * 2);
      }
    }
    schemaTrouble = undefined;
  };

  const lookUp = (): void => {
    if (ports.schemas === undefined || learning !== undefined || buffer.held(1).length === 0) return;
    void ports.pause(IN_ORDER_MS).then(() => {
      overtaking = learning !== undefined;
      kick();
    });
    learning = learnHeld(ports.schemas.learn).finally(() => {
      learning = undefined;
      overtaking = false;
      kick();
      if (!ports.stopped()) lookUp();
    });
  };

  return {
    onAssigned: async (partitions) => {
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
      lookUp();
      kick();
    },
    watchDepth: async () => {
      while (!ports.stopped()) {
        try {
          const depth = await ports.measureDepth(options.marks.highRows + 1);
          const next = mustRest(resting, depth, options.marks);
          if (next !== resting) ports.onRest(next, depth);
          resting = next;
          if (!resting) kick();
        } catch (error) {
          ports.onTrouble('cannot look at the exchange table', error);
        }
        await ports.pause(options.depthCheckMs);
      }
    },
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
    refused: () => refused,
    trouble: () =>
      held ??
      trouble ??
      schemaTrouble ??
      offsetsTrouble ??
      (resting ? 'the exchange table is over its high-water mark' : undefined),
  };
};
