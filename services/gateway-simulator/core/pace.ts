/**
 * The number of rows that may be taken now. `credit` grows with time up to 0.2 s worth, so that a
 * pause is not made up for.
 */
export type Pace = { readonly credit: number; readonly atMs: number };

/** Returns the pace at `nowMs`. */
export const refill = (pace: Pace, nowMs: number, perSecond: number): Pace => {
  const grown = pace.credit + (Math.max(0, nowMs - pace.atMs) * perSecond) / 1000;
  return { credit: Math.min(Math.max(1, perSecond / 5), grown), atMs: nowMs };
};

/** Returns the milliseconds until one more row may be taken. */
export const toMsUntilNext = (pace: Pace, perSecond: number): number =>
  Math.ceil(((1 - pace.credit) * 1000) / perSecond);
