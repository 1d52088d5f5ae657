import type { SourceName } from '../collect-batch';

/** Which sources have something to claim. */
export type LookAtSources = (now: number) => Promise<ReadonlySet<SourceName>>;

/**
 * One look at all sources answers everybody who asks within `freshMs`: while nothing comes in, this is all that the process does. That a source has
 * something is told once; then it must be looked at again.
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
