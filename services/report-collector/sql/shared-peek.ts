import type { SourceName } from '../collect-batch';

/** Returns the sources that have something to claim. */
export type LookAtSources = (now: number) => Promise<ReadonlySet<SourceName>>;

/**
 * Creates a peek that shares one look at all sources among the callers within `freshMs`. While no
 * rows come in, this look is the only work of the process. Each look reports a source once; the
 * next call for that source takes a new look after `freshMs`.
 */
export const createSharedPeek = (
  look: LookAtSources,
  freshMs: number,
  now: () => number,
): ((source: SourceName) => Promise<boolean>) => {
  let looking: Promise<Set<SourceName>> | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return async (source) => {
    if (looking === undefined || now() - lookedAt >= freshMs) {
      lookedAt = now();
      looking = look(lookedAt).then((found) => new Set(found));
    }
    const current = looking;
    try {
      return (await current).delete(source);
    } catch (error) {
      if (looking === current) looking = undefined;
      throw error;
    }
  };
};
