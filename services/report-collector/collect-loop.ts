import { isRetryable, messageOf, toProblem } from '../../shared/errors';
import { countAlike, type FailedAlone } from '../../shared/faults/judge-fault';
import type { Judge } from '../../shared/faults/judge-with-probe';
import { nextPauseMs } from '../../shared/timing/adaptive-poll';
import type { Collected, Selection } from './collect-batch';
import type { RowProblem } from './core/row-problems';

export type LoopOptions = {
  readonly batchSize: number;
  /** batches in flight while there are full ones */
  readonly slots: number;
  /** after a batch that was not full */
  readonly busyPauseMs: number;
  /** while there is nothing: doubling from the busy pause up to this */
  readonly idlePauseMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
};

export type LoopPorts = {
  readonly collect: (
    selection: Selection,
    options: { readonly onClaimed?: (ids: readonly string[]) => void; readonly poison?: RowProblem },
  ) => Promise<Collected>;
  /** Whether there is anything to claim; cheaper than to try. */
  readonly peek: () => Promise<boolean>;
  /** True for an error that a value in the batch may have caused. */
  readonly isPoison: (error: unknown) => boolean;
  /** Whether it is worth looking for one row that makes a batch fail, and whether such a row is to blame. */
  readonly blame: Judge['blame'];
  readonly judge: Judge['judge'];
  readonly pause: (ms: number) => Promise<void>;
  readonly stopped: () => boolean;
  readonly now: () => number;
  readonly onCollected: (collected: Collected, ms: number) => void;
  /** A fault of a table for people: where it is, and what to do. */
  readonly describe: (error: unknown) => Promise<string>;
  readonly onTrouble: (what: string, error: unknown, text?: string) => void;
};

export type CollectLoop = {
  /** Collects until stopped; resolves when no batch is in flight any more. */
  readonly run: () => Promise<void>;
  /** True while what keeps it from collecting is refused whatever the values: time alone does not mend it. */
  readonly refused: () => boolean;
  /** What keeps it from collecting, or undefined. */
  readonly trouble: () => string | undefined;
};

/** So long a row that is the only one waits for others to show whether it is to blame. */
const LONG_ALONE_MS = 10_000;

/**
 * Collects from one source: at once after a full batch, and then with a second one in flight; a moment later after a small one, so that rows gather;
 * seldom while there is nothing. A batch that fails is done again until it succeeds; a row that alone makes it fail is set aside, unless a table or the broker is to blame: then all of them wait.
 */
export const createCollectLoop = (ports: LoopPorts, options: LoopOptions): CollectLoop => {
  const inFlight = new Set<Promise<void>>();
  let trouble: string | undefined;
  let failures = 0;
  let refused = false;
  /** when a row first failed alone */
  let aloneSince = new Map<string, number>();

  const timed = async (selection: Selection, how: Parameters<LoopPorts['collect']>[1]): Promise<void> => {
    const startedAt = ports.now();
    const collected = await ports.collect(selection, how);
    if (collected.rows > 0) ports.onCollected(collected, ports.now() - startedAt);
  };

  /** Collects what can be collected of these rows, by halves; returns the rows that failed alone. */
  const collectHalves = async (
    ids: readonly string[],
    error: unknown,
  ): Promise<{ readonly alone: readonly FailedAlone<string>[]; readonly through: number }> => {
    if (ids.length === 1) return { alone: [{ of: ids[0] as string, error }], through: 0 };
    const middle = Math.ceil(ids.length / 2);
    let alone: readonly FailedAlone<string>[] = [];
    let through = 0;
    for (const half of [ids.slice(0, middle), ids.slice(middle)]) {
      if (ports.stopped()) break;
      try {
        await timed({ ids: half }, {});
        through += half.length;
      } catch (cause) {
        if (!ports.isPoison(cause)) throw cause;
        const found = await collectHalves(half, cause);
        alone = [...alone, ...found.alone];
        through += found.through;
      }
    }
    return { alone, through };
  };

  /** Rows that cannot be collected together: those that are to blame alone are set aside with their reason. @throws when something else is to blame */
  const collectAround = async (ids: readonly string[], error: unknown): Promise<void> => {
    if ((await ports.blame(error)) === 'all') throw error;
    const { alone, through } = await collectHalves(ids, error);
    const before = aloneSince;
    aloneSince = new Map(alone.map(({ of }) => [of, before.get(of) ?? ports.now()]));
    for (const row of alone) {
      const blame = await ports.judge(row.error, {
        alike: countAlike(alone, row),
        othersWentThrough: through > 0,
        longAlone: ports.now() - (aloneSince.get(row.of) ?? 0) >= LONG_ALONE_MS,
      });
      if (blame !== 'value') throw row.error;
      ports.onTrouble('a row was set aside', row.error);
      await timed({ ids: [row.of] }, { poison: toProblem(row.error) });
      aloneSince.delete(row.of);
    }
  };

  const failed = async (error: unknown): Promise<void> => {
    failures += 1;
    refused = !isRetryable(error);
    trouble = messageOf(error);
    if (refused) trouble = await ports.describe(error);
    ports.onTrouble('collecting failed and is tried again', error, trouble);
  };

  const well = (): void => {
    failures = 0;
    refused = false;
    trouble = undefined;
  };

  /** Starts one batch; resolves with the number of its rows as soon as they are claimed. */
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
          // a value that cannot even be read: around it
          if (careful) throw error;
          return collectNext(true);
        }
      };
      const batch: Promise<void> = collectNext()
        .then(well, failed)
        .finally(() => {
          inFlight.delete(batch);
          claimed(0);
        });
      inFlight.add(batch);
    });

  const somethingThere = async (): Promise<boolean> => {
    try {
      const found = await ports.peek();
      // that a look works says nothing of the rows that are there
      if (!found) well();
      return found;
    } catch (error) {
      await failed(error);
      return false;
    }
  };

  const run = async (): Promise<void> => {
    let pauseMs = 0;
    let idle = false;
    while (!ports.stopped()) {
      if (failures > 0) {
        await Promise.all(inFlight);
        await ports.pause(Math.min(options.retryMaxMs, options.retryMinMs * 2 ** Math.min(failures - 1, 20)));
        if (ports.stopped()) break;
      }
      if (!idle || (await somethingThere())) {
        const rows = await start();
        if (rows >= options.batchSize) {
          idle = false;
          if (inFlight.size >= options.slots) await Promise.race(inFlight);
          continue;
        }
        await Promise.all(inFlight);
        idle = rows === 0;
        pauseMs = idle ? pauseMs : options.busyPauseMs;
      }
      if (failures > 0) continue;
      if (idle) pauseMs = nextPauseMs(pauseMs, false, options.busyPauseMs, options.idlePauseMs);
      await ports.pause(pauseMs);
    }
    await Promise.all(inFlight);
  };

  return { run, refused: () => refused, trouble: () => trouble };
};
