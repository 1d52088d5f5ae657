import type { InboundTableName } from '../collect-batch';

/** Returns the tables that have something to claim. */
export type PeekTables = (now: number) => Promise<ReadonlySet<InboundTableName>>;

/**
 * Creates a peek that shares one look at all tables among the callers within `freshMs`. While no
 * rows come in, this look is the only work of the process. Each look reports a table once; the
 * next call for that table takes a new look after `freshMs`.
 */
export const createCachedPeek = (
  peek: PeekTables,
  freshMs: number,
  now: () => number,
): ((table: InboundTableName) => Promise<boolean>) => {
  let peeking: Promise<Set<InboundTableName>> | undefined;
  let peekedAt = Number.NEGATIVE_INFINITY;
  return async (table) => {
    if (peeking === undefined || now() - peekedAt >= freshMs) {
      peekedAt = now();
      peeking = peek(peekedAt).then((found) => new Set(found));
    }
    const current = peeking;
    try {
      return (await current).delete(table);
    } catch (error) {
      if (peeking === current) peeking = undefined;
      throw error;
    }
  };
};
