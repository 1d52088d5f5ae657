export type PickListPorts = {
  /**
   * Returns the numbers of the first rows of the exchange table, highest priority first. Locks no
   * row.
   */
  readonly findRows: (limit: number) => Promise<readonly string[]>;
  readonly now: () => number;
};

/** Returns the rows to try next, in their order; empty if there are none. */
export type NextRows = (limit: number) => Promise<readonly string[]>;

/**
 * Creates a list that serves several batches with one look at the exchange table: without an index
 * on the priority the cost of a look grows with the table. After `maxAgeMs` the next call looks
 * again, so urgent rows wait no longer than that. Rows that are gone or locked at their turn belong
 * to another worker.
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
      // Workers that come meanwhile share the look.
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
