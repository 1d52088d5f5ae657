import { isRetryable, messageOf, toProblem } from '../../shared/errors';
import { createSetAside, type SetAsidePorts } from '../../shared/faults/set-aside';
import { type Backoff, toPauseMs } from '../../shared/timing/backoff';
import type { Waits } from '../../shared/timing/pause';
import { pollUntilStopped } from '../../shared/timing/poll';
import type { Collected, Selection } from './collect-batch';
import type { RowProblem } from './core/row-problems';

export type LoopOptions = {
  readonly batchSize: number;
  /** most batches in flight at a time, while batches are full */
  readonly slots: number;
  /** pauses after a batch that was not full, growing while the table is empty */
  readonly idle: Backoff;
  readonly retry: Backoff;
};

export type LoopPorts = Waits &
  /** Whether a row makes its batch fail, and whether the row is to blame. */
  Pick<SetAsidePorts<string>, 'isPoison' | 'blame' | 'judge'> & {
    readonly collect: (
      selection: Selection,
      options: { readonly onClaimed?: (ids: readonly string[]) => void; readonly poison?: RowProblem },
    ) => Promise<Collected>;
    /** Returns whether there is a row to claim. Cheaper than a claim. */
    readonly peek: () => Promise<boolean>;
    readonly now: () => number;
    readonly onCollected: (collected: Collected, ms: number) => void;
    /** Returns a text for people about a fault of a table: the place and the remedy. */
    readonly describe: (error: unknown) => Promise<string>;
    readonly onProblem: (summary: string, error: unknown, text?: string) => void;
  };

export type CollectLoop = {
  /** Collects until stopped. Resolves when no batch is in flight. */
  readonly run: () => Promise<void>;
  /** True while the database refuses collecting for any values: a person must act. */
  readonly refused: () => boolean;
  /** The cause that keeps the loop from collecting, or undefined. */
  readonly problem: () => string | undefined;
};

/** How long a single failing row waits for another row that shows whether it is to blame. */
const LONG_ALONE_MS = 10_000;

/**
 * Creates what collects a batch, and what collects the rows of a failed one around its bad rows.
 */
const createAttempts = (ports: LoopPorts) => {
  const timed = async (selection: Selection, how: Parameters<LoopPorts['collect']>[1]): Promise<void> => {
    const startedAt = ports.now();
    const collected = await ports.collect(selection, how);
    if (collected.rows > 0) ports.onCollected(collected, ports.now() - startedAt);
  };
  const collectAround = createSetAside<string>({
    ...ports,
    attempt: (ids) => timed({ ids }, {}),
    setAside: (id, error) => {
      ports.onProblem('a row was set aside', error);
      return timed({ ids: [id] }, { poison: toProblem(error) });
    },
    longAloneMs: LONG_ALONE_MS,
  });
  return { timed, collectAround };
};

/** Creates the memory of how collecting goes. */
const createHealth = (ports: Pick<LoopPorts, 'describe' | 'onProblem'>) => {
  let problem: string | undefined;
  let failures = 0;
  let refused = false;
  return {
    well: (): void => {
      failures = 0;
      refused = false;
      problem = undefined;
    },
    failed: async (error: unknown): Promise<void> => {
      failures += 1;
      refused = !isRetryable(error);
      problem = messageOf(error);
      if (refused) problem = await ports.describe(error);
      ports.onProblem('collecting failed and is tried again', error, problem);
    },
    /** Returns the number of failures since collecting last went well. */
    failures: () => failures,
    refused: () => refused,
    problem: () => problem,
  };
};

/**
 * Collects from one table. After a full batch the next one starts at once, with up to `slots` in
 * flight. After a small batch it pauses briefly so that rows gather. While the table is empty the
 * pauses grow. A failed batch is retried until it succeeds. A row that fails alone is set aside,
 * unless a table or the broker is to blame: then all rows wait.
 */
export const createCollectLoop = (ports: LoopPorts, options: LoopOptions): CollectLoop => {
  const inFlight = new Set<Promise<void>>();
  const { timed, collectAround } = createAttempts(ports);
  const health = createHealth(ports);

  /** Starts one batch. Resolves with the number of its rows as soon as they are claimed. */
  const start = (): Promise<number> =>
    new Promise((claimed) => {
      let ids: readonly string[] = [];
      const onClaimed = (found: readonly string[]): void => {
        ids = found;
        claimed(found.length);
      };
      const collectNext = async (careful?: true): Promise<void> => {
        try {
          await timed({ limit: options.batchSize, ...(careful ? { careful } : {}) }, { onClaimed });
        } catch (error) {
          if (!ports.isPoison(error)) throw error;
          if (ids.length > 0) return collectAround(ids, error);
          // The batch was read row by row already, so the error is not one of a single value.
          if (careful) throw error;
          return collectNext(true);
        }
      };
      const batch: Promise<void> = collectNext()
        .then(health.well, health.failed)
        .finally(() => {
          inFlight.delete(batch);
          claimed(0);
        });
      inFlight.add(batch);
    });

  /** rounds in a row with less than a full batch, counted again from each round with a row */
  let quiet = 0;
  let idle = false;

  const round = async (): Promise<boolean> => {
    if (idle && !(await ports.peek())) {
      // A working look proves nothing about the rows that are there.
      health.well();
      quiet += 1;
      return false;
    }
    const rows = await start();
    const full = rows >= options.batchSize;
    if (full && inFlight.size >= options.slots) await Promise.race(inFlight);
    const failing = health.failures() > 0;
    if (!full || failing) await Promise.all(inFlight);
    idle = rows === 0;
    if (full && !failing) quiet = 0;
    else quiet = idle ? quiet + 1 : 1;
    return quiet === 0;
  };

  const run = async (): Promise<void> => {
    const pace = () => {
      const failures = health.failures();
      return failures > 0 ? toPauseMs(options.retry, failures) : toPauseMs(options.idle, quiet);
    };
    await pollUntilStopped({ work: round, onError: health.failed, pace, signal: ports.signal, pause: ports.pause });
    await Promise.all(inFlight);
  };

  return { run, refused: health.refused, problem: health.problem };
};
