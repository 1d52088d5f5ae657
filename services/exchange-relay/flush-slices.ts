import { isRetryable, messageOf, toProblem } from '../../shared/errors';
import { toFaultKey } from '../../shared/faults/judge-fault';
import type { Backoff } from '../../shared/timing/backoff';
import type { Waits } from '../../shared/timing/pause';
import { retryWhile } from '../../shared/timing/retry';
import { OffsetMoved } from './core/drop-replays';
import type { Slice } from './core/record-buffer';
import { splitApart, splitSlices } from './core/split-slices';
import { MessageLocked, OffsetsHeld } from './enter-messages';
import type { Aside, BatchCounts } from './relay-batch';

export type FlushOptions = { readonly retry: Backoff };

/** The ports of committing slices. */
export type FlushPorts = Waits & {
  readonly relayBatch: (
    slices: readonly Slice[],
    aside?: Aside,
    patienceMs?: number,
    atOnce?: boolean,
  ) => Promise<BatchCounts>;
  /** Returns true for an error that a value in the batch may have caused. */
  readonly isPoison: (error: unknown) => boolean;
  /**
   * Returns the cause of an error that one message may have caused, by a value or by a lock. `all`:
   * the tables, so no record is set aside. `value`: only the value. `unsure`: the tables are well,
   * so the single record is parked and decided there.
   */
  readonly blame: (error: unknown) => Promise<'all' | 'value' | 'unsure'>;
  /** Returns a text for people about a fault of the tables: the place and the remedy. */
  readonly describe: (error: unknown) => Promise<string>;
  readonly onFlushed: (slices: readonly Slice[], counts: BatchCounts, ms: number) => void;
  /** Reports a single record, or a partition, that waits while others continue. */
  readonly onAside: (summary: string, error: unknown) => void;
  readonly onProblem: (summary: string, error: unknown, text?: string) => void;
  readonly now: () => number;
};

/** The reading side of slices. */
export type SliceOwner = {
  /** Returns false after a rebalance: the slices are no longer this process's to commit. */
  readonly isCurrent: (generation: number) => boolean;
  /** Reads all the slices again, after the offset row of one of their partitions was moved back. */
  readonly onMoved: (slices: readonly Slice[], moved: OffsetMoved) => void;
};

export type Flusher = {
  /**
   * Commits the slices. Resolves when they are committed, or no longer this process's to commit.
   * @returns the slices whose offset row another session holds
   */
  readonly flush: (slices: readonly Slice[], generation: number) => Promise<readonly Slice[]>;
  /**
   * Commits a slice whose offset row another session holds. Waits for the row without a connection.
   */
  readonly flushWhenFree: (slice: Slice, generation: number) => Promise<void>;
  /** True while a fault of the tables prevents handing over: a person must act. */
  readonly refused: () => boolean;
  /** The cause that prevents handing over, or undefined. */
  readonly problem: () => string | undefined;
};

/**
 * The patience during the search for a locked message, so that unlocked ones are handed over
 * meanwhile.
 */
const SHORT_PATIENCE_MS = 40;

/** A batch of up to this many records with a locked one is tried record by record. */
const FEW = 16;

const countRecords = (slices: readonly Slice[]): number => slices.reduce((sum, { records }) => sum + records.length, 0);

type Poisoned = { readonly error: unknown; readonly blame: 'value' | 'unsure' };

type How = { readonly aside?: Aside; readonly patienceMs?: number; readonly atOnce?: boolean };

/** Creates attempts to commit slices, and records what keeps them from succeeding. */
const createAttempts = (ports: FlushPorts, owner: SliceOwner) => {
  let problem: string | undefined;
  let refused = false;

  const failed = async (error: unknown): Promise<void> => {
    refused = !isRetryable(error);
    problem = refused ? await ports.describe(error) : messageOf(error);
    ports.onProblem('handing over failed and is tried again', error, problem);
  };

  /**
   * Makes one attempt in one transaction; none if the slices are no longer this process's to
   * commit.
   * @returns the error that one of the records may have caused, or undefined if the slices are done
   * @throws OffsetsHeld, or an error that is retried
   */
  const attempt = async (slices: readonly Slice[], generation: number, how: How): Promise<Poisoned | undefined> => {
    const { aside, patienceMs, atOnce } = how;
    if (ports.signal.aborted || !owner.isCurrent(generation)) return undefined;
    const startedAt = ports.now();
    try {
      const counts = await ports.relayBatch(slices, aside, patienceMs, atOnce);
      problem = undefined;
      refused = false;
      ports.onFlushed(slices, counts, ports.now() - startedAt);
      return undefined;
    } catch (error) {
      if (error instanceof OffsetMoved && error.next !== undefined) {
        owner.onMoved(slices, error);
        return undefined;
      }
      const locked = error instanceof MessageLocked;
      const cause = locked ? error.cause : error;
      if (aside !== undefined || !(locked || ports.isPoison(error))) throw cause;
      // With a short patience, an earlier attempt has shown that the table as a whole is not
      // locked.
      const blame = locked && patienceMs !== undefined ? 'unsure' : await ports.blame(cause);
      if (blame === 'all') throw cause;
      return { error: cause, blame };
    }
  };

  return { attempt, failed, refused: (): boolean => refused, problem: (): string | undefined => problem };
};

/** Returns the treatment of a single record that cannot be committed: dead letter or parked. */
const toAside = ({ error, blame }: Poisoned, locked: boolean): Aside =>
  blame === 'value'
    ? toProblem(error)
    : { park: { fault: locked ? '' : toFaultKey(error), message: messageOf(error) } };

/**
 * Creates the commit of slices. A failed one is retried until it succeeds. A record that fails
 * alone is parked or set aside, unless the tables are to blame. No record is dropped.
 */
export const createFlusher = (ports: FlushPorts, owner: SliceOwner, options: FlushOptions): Flusher => {
  const { attempt, failed, refused, problem } = createAttempts(ports, owner);
  /** slices whose offset row another session holds, with the error */
  const held = new Map<Slice, string>();

  const retrying = { backoff: options.retry, signal: ports.signal, pause: ports.pause };

  /**
   * Retries until the slices are committed, or no longer this process's to commit.
   * @throws OffsetsHeld, or the last error after a stop; the offset rows show what was committed
   */
  const commit = async (slices: readonly Slice[], generation: number, how: How = {}): Promise<void> => {
    const retryable = (error: unknown): boolean => !(error instanceof OffsetsHeld);
    const poisoned = await retryWhile({ ...retrying, retryable, onRetry: failed }, () =>
      attempt(slices, generation, how),
    );
    if (poisoned !== undefined) await commitAround(slices, generation, poisoned);
  };

  /**
   * Commits around one message: by halves in order, each to its end, because no offset may pass a
   * record that is not committed. The halving in shared/timing keeps no such order.
   */
  const commitAround = async (slices: readonly Slice[], generation: number, poisoned: Poisoned): Promise<void> => {
    const { error, blame } = poisoned;
    const halves = splitSlices(slices);
    const locked = !ports.isPoison(error);
    if (halves !== undefined) {
      // Further halves would wait for the same lock repeatedly.
      const parts = locked && countRecords(slices) <= FEW ? splitApart(slices) : halves;
      for (const part of parts) await commit(part, generation, locked ? { patienceMs: SHORT_PATIENCE_MS } : {});
      return;
    }
    ports.onAside(blame === 'value' ? 'a record was set aside' : 'a record was parked and is tried again', error);
    await commit(slices, generation, { aside: toAside(poisoned, locked) });
  };

  const hold =
    (slices: readonly Slice[]) =>
    (error: unknown): void => {
      for (const slice of slices) held.set(slice, messageOf(error));
      ports.onAside('a partition waits for its offset row; the others continue', error);
    };

  return {
    flush: async (slices, generation) => {
      try {
        await commit(slices, generation);
      } catch (error) {
        if (error instanceof OffsetsHeld) {
          hold(slices)(error);
          return slices;
        }
        if (!ports.signal.aborted) throw error;
      }
      return [];
    },
    flushWhenFree: async (slice, generation) => {
      const retryable = (error: unknown): boolean => error instanceof OffsetsHeld;
      await retryWhile({ ...retrying, retryable, onRetry: hold([slice]) }, () =>
        commit([slice], generation, { atOnce: true }),
      ).catch((error: unknown) => {
        if (!ports.signal.aborted) throw error;
      });
      held.delete(slice);
    },
    refused,
    problem: () => problem() ?? [...held.values()][0],
  };
};
