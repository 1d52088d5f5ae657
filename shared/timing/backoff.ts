/** Pauses that double from `minMs` up to `maxMs`. */
export type Backoff = { readonly minMs: number; readonly maxMs: number };

/** Beyond this many doublings every pause is at its longest. */
const MOST_DOUBLINGS = 30;

/**
 * The pause after so many rounds in vain: none after 0, `minMs` after 1, twice as long after each
 * further one. There is no jitter; this is the place for it.
 */
export const toPauseMs = ({ minMs, maxMs }: Backoff, rounds: number): number =>
  rounds === 0 ? 0 : Math.min(maxMs, minMs * 2 ** Math.min(rounds - 1, MOST_DOUBLINGS));
