/** How many rows may be taken now. `credit` grows with time up to a fifth of a second's worth, so that a pause is not made up for. */
export type Pace = { readonly credit: number; readonly atMs: number };

/** The pace as it stands at `nowMs`. */
export const refill = (pace: Pace, nowMs: number, perSecond: number): Pace => {
  const grown = pace.credit + (Math.max(0, nowMs - pace.atMs) * perSecond) / 1000;
  return { credit: Math.min(Math.max(1, perSecond / 5), grown), atMs: nowMs };
};

/** Milliseconds until one more may be taken. */
export const untilNext = (pace: Pace, perSecond: number): number => Math.ceil(((1 - pace.credit) * 1000) / perSecond);
