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

/** What committing slices needs of the world. */
export type FlushPorts = Waits & {
  readonly relayBatch: (
    slices: readonly Slice[],
    aside?: Aside,
    patienceMs?: number,
    atOnce?: boolean,
  ) => Promise<BatchCounts>;
  /** True for an error that a value in the batch may have caused. */
  readonly isPoison: (error: unknown) => boolean;
  /**
   * Who is to blame for an error that one message may have caused, by a value or because it is locked: `all`: the tables, and nothing is set aside ·
   * `value`: nothing but the value can be · `unsure`: the tables are well, so the one record is parked, and what becomes of it is decided there.
   */
  readonly blame: (error: unknown) => Promise<'all' | 'value' | 'unsure'>;
  /** A fault of the tables for people: where it is, and what to do. */
  readonly describe: (error: unknown) => Promise<string>;
  readonly onFlushed: (slices: readonly Slice[], counts: BatchCounts, ms: number) => void;
  /** One record alone, beside which others go through. */
  readonly onAside: (what: string, error: unknown) => void;
  readonly onTrouble: (what: string, error: unknown, text?: string) => void;
  readonly now: () => number;
};

/** What the reading side knows of slices. */
export type SliceOwner = {
  /** False when their partitions were assigned anew: they are no longer ours to commit. */
  readonly isCurrent: (generation: number) => boolean;
  /** The offset row of one of their partitions was moved back: all of them are read again. */
  readonly onMoved: (slices: readonly Slice[], moved: OffsetMoved) => void;
};

export type Flusher = {
  /** Resolves when the slices are committed, or are no longer ours to commit. @returns those whose offset row another session holds */
  readonly flush: (slices: readonly Slice[], generation: number) => Promise<readonly Slice[]>;
  /** The same for a slice whose offset row another session holds: waits for the row, on no connection. */
  readonly flushWhenFree: (slice: Slice, generation: number) => Promise<void>;
  /** True while what keeps it from handing over is a fault of the tables: time alone does not mend it. */
  readonly refused: () => boolean;
  /** What keeps it from handing over, or undefined. */
  readonly trouble: () => string | undefined;
};

/** While a locked message is looked for by halves: what is not locked goes through in that time. */
const SHORT_PATIENCE_MS = 40;

/** So many records are tried one by one when one of them is locked. */
const FEW = 16;

const countRecords = (slices: readonly Slice[]): number => slices.reduce((sum, { records }) => sum + records.length, 0);

type Poisoned = { readonly error: unknown; readonly blame: 'value' | 'unsure' };

type How = { readonly aside?: Aside; readonly patienceMs?: number; readonly atOnce?: boolean };

/** Makes attempts to commit slices, and knows what keeps them from succeeding. */
const createAttempts = (ports: FlushPorts, owner: SliceOwner) => {
  let trouble: string | undefined;
  let refused = false;

  const failed = async (error: unknown): Promise<void> => {
    refused = !isRetryable(error);
    trouble = refused ? await ports.describe(error) : messageOf(error);
    ports.onTrouble('handing over failed and is tried again', error, trouble);
  };

  /**
   * One transaction; none when the slices are no longer ours to commit.
   * @returns the error that one of the records may have caused; undefined: nothing is left to do
   * @throws OffsetsHeld, or the error after which it is tried again
   */
  const attempt = async (slices: readonly Slice[], generation: number, how: How): Promise<Poisoned | undefined> => {
    const { aside, patienceMs, atOnce } = how;
    if (ports.signal.aborted || !owner.isCurrent(generation)) return undefined;
    const startedAt = ports.now();
    try {
      const counts = await ports.relayBatch(slices, aside, patienceMs, atOnce);
      trouble = undefined;
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
      // with a short patience it is known already that not all of the table is locked
      const blame = locked && patienceMs !== undefined ? 'unsure' : await ports.blame(cause);
      if (blame === 'all') throw cause;
      return { error: cause, blame };
    }
  };

  return { attempt, failed, refused: (): boolean => refused, trouble: (): string | undefined => trouble };
};

/** What becomes of the one record that cannot be committed: a dead letter, or one that is parked and tried again. */
const toAside = ({ error, blame }: Poisoned, locked: boolean): Aside =>
  blame === 'value'
    ? toProblem(error)
    : { park: { fault: locked ? '' : toFaultKey(error), message: messageOf(error) } };

/**
 * Commits slices. What fails is done again until it succeeds; a record that alone makes it fail is parked or set aside, unless the tables are to blame.
 * Never drops, never gives up.
 */
export const createFlusher = (ports: FlushPorts, owner: SliceOwner, options: FlushOptions): Flusher => {
  const { attempt, failed, refused, trouble } = createAttempts(ports, owner);
  /** partitions whose offset row another session holds */
  const held = new Map<Slice, string>();

  const retrying = { backoff: options.retry, signal: ports.signal, pause: ports.pause };

  /**
   * Until the slices are committed, or no longer ours to commit.
   * @throws OffsetsHeld, or the last error when stopped; the offset rows know what was committed
   */
  const commit = async (slices: readonly Slice[], generation: number, how: How = {}): Promise<void> => {
    const retryable = (error: unknown): boolean => !(error instanceof OffsetsHeld);
    const poisoned = await retryWhile({ ...retrying, retryable, onRetry: failed }, () =>
      attempt(slices, generation, how),
    );
    if (poisoned !== undefined) await commitAround(slices, generation, poisoned);
  };

  /**
   * A batch that one message makes impossible: halves, until its record is alone, and is set aside or
   * parked with the reason. In the order of the records, each half to its end: no offset may pass a
   * record that is not committed, so this is not the halving of other services.
   */
  const commitAround = async (slices: readonly Slice[], generation: number, poisoned: Poisoned): Promise<void> => {
    const { error, blame } = poisoned;
    const halves = splitSlices(slices);
    const locked = !ports.isPoison(error);
    if (halves !== undefined) {
      // a short wait for each record is soon over; halves of halves would wait for the same lock again and again
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
      ports.onAside('a partition waits for its offset row; the others go on', error);
    };

  return {
    flush: async (slices, generation) => {
      try {
        await commit(slices, generation);
      } catch (error) {
        // any other is of the last attempt before a stop
        if (!(error instanceof OffsetsHeld)) return [];
        hold(slices)(error);
        return slices;
      }
      return [];
    },
    flushWhenFree: async (slice, generation) => {
      const retryable = (error: unknown): boolean => error instanceof OffsetsHeld;
      await retryWhile({ ...retrying, retryable, onRetry: hold([slice]) }, () =>
        commit([slice], generation, { atOnce: true }),
      ).catch(() => undefined); // stopped
      held.delete(slice);
    },
    refused,
    trouble: () => trouble() ?? [...held.values()][0],
  };
};
