import { messageOf, toProblem } from '../shared/errors';
import { nextPauseMs } from '../shared/lifecycle/adaptive-poll';
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
  /** True for an error that only a value in the batch can have caused. */
  readonly isPoison: (error: unknown) => boolean;
  readonly pause: (ms: number) => Promise<void>;
  readonly stopped: () => boolean;
  readonly now: () => number;
  readonly onCollected: (collected: Collected, ms: number) => void;
  readonly onTrouble: (what: string, error: unknown) => void;
};

export type CollectLoop = {
  /** Collects until stopped; resolves when no batch is in flight any more. */
  readonly run: () => Promise<void>;
  /** What keeps it from collecting, or undefined. */
  readonly trouble: () => string | undefined;
};

/**
 * Collects from one source: at once after a full batch, and then with a second one in flight; a moment later after a small one, so that rows gather;
 * seldom while there is nothing. A batch that fails is done again until it succeeds; a row that alone makes it fail is set aside.
 */
export const createCollectLoop = (ports: LoopPorts, options: LoopOptions): CollectLoop => {
  const inFlight = new Set<Promise<void>>();
  let trouble: string | undefined;
  let failures = 0;

  const timed = async (selection: Selection, how: Parameters<LoopPorts['collect']>[1]): Promise<void> => {
    const startedAt = ports.now();
    const collected = await ports.collect(selection, how);
    if (collected.rows > 0) ports.onCollected(collected, ports.now() - startedAt);
  };

  /** Rows that a value among them makes impossible together: halves, until the row is alone, and it is set aside with its reason. */
  const collectAround = async (ids: readonly string[], error: unknown): Promise<void> => {
    if (ids.length === 1) {
      ports.onTrouble('a row was set aside', error);
      return timed({ ids }, { poison: toProblem(error) });
    }
    const middle = Math.ceil(ids.length / 2);
    for (const half of [ids.slice(0, middle), ids.slice(middle)]) {
      if (ports.stopped()) return;
      try {
        await timed({ ids: half }, {});
      } catch (cause) {
        if (!ports.isPoison(cause)) throw cause;
        await collectAround(half, cause);
      }
    }
  };

  const failed = (error: unknown): void => {
    failures += 1;
    trouble = messageOf(error);
    ports.onTrouble('collecting failed and is tried again', error);
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
        .then(() => {
          failures = 0;
          trouble = undefined;
        }, failed)
        .finally(() => {
          inFlight.delete(batch);
          claimed(0);
        });
      inFlight.add(batch);
    });

  const somethingThere = async (): Promise<boolean> => {
    try {
      const found = await ports.peek();
      failures = 0;
      trouble = undefined;
      return found;
    } catch (error) {
      failed(error);
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

  return { run, trouble: () => trouble };
};
