/** Pauses that double from `minMs` up to `maxMs`. */
export type Backoff = { readonly minMs: number; readonly maxMs: number };

/** After this many doublings every pause has its maximum. */
const MOST_DOUBLINGS = 30;

/**
 * Returns the pause in ms after a number of rounds in vain: 0 after none, `minMs` after one, twice
 * as long after each further one. There is no jitter; this is the place for it.
 */
export const toPauseMs = ({ minMs, maxMs }: Backoff, rounds: number): number =>
  rounds === 0 ? 0 : Math.min(maxMs, minMs * 2 ** Math.min(rounds - 1, MOST_DOUBLINGS));
