export type PickListPorts = {
  /** The numbers of the first rows of the exchange table, highest priority first. Locks nothing. */
  readonly findRows: (limit: number) => Promise<readonly string[]>;
  readonly now: () => number;
};

/** Rows to try next, in their order; empty when there are none. */
export type NextRows = (limit: number) => Promise<readonly string[]>;

/**
 * One look at the exchange table serves several batches: without an index on the priority a look costs as much as the table is deep. After `maxAgeMs`
 * it is made anew, so that urgent rows wait no longer than that. Rows that are gone or held when their turn comes are somebody else's.
 */
export const createPickList = (
  ports: PickListPorts,
  options: { readonly rows: number; readonly maxAgeMs: number },
): NextRows => {
  let list: readonly string[] = [];
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;

  const look = async (): Promise<void> => {
    const startedAt = ports.now();
    list = await ports.findRows(options.rows);
    lookedAt = startedAt;
  };

  return async (limit) => {
    if (list.length === 0 || ports.now() - lookedAt > options.maxAgeMs) {
      // workers that come meanwhile share the look
      looking ??= look().finally(() => {
        looking = undefined;
      });
      await looking;
    }
    const next = list.slice(0, limit);
    list = list.slice(limit);
    return next;
  };
};
