import type { RecordBuffer, Slice } from './core/record-buffer';
import type { Flusher } from './flush-slices';

export type FlightPorts = {
  /** Returns false while no flush may begin, even with buffered records. */
  readonly mayBegin: () => boolean;
  /** Returns true if the records after the held ones may overtake them. */
  readonly overtaking: () => boolean;
  /** Called after a flush: its partitions may be taken again. */
  readonly onDone: () => void;
  readonly now: () => number;
};

export type FlightOptions = {
  readonly batchSize: number;
  /** flushes in flight; never two for one partition */
  readonly slots: number;
};

/** about the bytes of one transaction; a larger record goes alone */
const FLUSH_BYTES = 8_388_608;

/** A flush that is older than this no longer delays the next one, even a small one. */
const OLD_FLUSH_MS = 400;

/**
 * Decides when a flush begins: at once when idle, in full batches under load. Records that arrive
 * during a flush form the next batch.
 */
export const createFlights = (buffer: RecordBuffer, flusher: Flusher, ports: FlightPorts, options: FlightOptions) => {
  /** flushes, with the time of their start */
  const inFlight = new Map<Promise<void>, number>();
  /** flushes of one partition whose offset row another session holds; they take no slot */
  const apart = new Set<Promise<void>>();

  const release = (slices: readonly Slice[], generation: number): void => {
    buffer.done(slices, generation);
    ports.onDone();
    kick();
  };

  /** Commits the slice beside the other flushes, once the partition's offset row is free. */
  const flushApart = (slice: Slice, generation: number): void => {
    const run: Promise<void> = flusher.flushWhenFree(slice, generation).finally(() => {
      apart.delete(run);
      release([slice], generation);
    });
    apart.add(run);
  };

  /** True also when none is in flight. */
  const allOld = (): boolean => [...inFlight.values()].every((since) => ports.now() - since > OLD_FLUSH_MS);

  const mayFlush = (): boolean => {
    if (!ports.mayBegin() || inFlight.size >= options.slots) return false;
    const available = buffer.available();
    return available > 0 && (available >= options.batchSize || allOld());
  };

  /**
   * Begins as many flushes as may begin. Must also be called at intervals: a flush that takes too
   * long permits another one, and no event tells when.
   */
  const kick = (): void => {
    while (mayFlush()) {
      const slices = buffer.take(options.batchSize, FLUSH_BYTES, ports.overtaking());
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
    kick,
    /** Resolves when no flush is in flight. */
    drain: async (): Promise<void> => {
      await Promise.allSettled([...inFlight.keys()]);
      await Promise.allSettled([...apart]);
    },
  };
};
