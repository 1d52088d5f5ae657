/** The effect of a run, in rows. */
export type RunCounts = {
  /** handed over, without a final reply: became UNKNOWN */
  readonly deadlineUnknown: number;
  /** validity ended before the hand-over: became EXPIRED */
  readonly deadlineExpired: number;
  readonly sendArchived: number;
  readonly acksApplied: number;
  /** acknowledgements that became dead letters */
  readonly acksDropped: number;
  readonly receiveProcessed: number;
  readonly receiveOfferedAgain: number;
  readonly receiveUnprocessed: number;
  readonly purgedSend: number;
  readonly purgedReceive: number;
  /** rows that the province had taken and left in its table */
  readonly purgedTaken: number;
};

/** The result of one slice of a phase. */
export type SliceResult = {
  readonly taken: number;
  /** rows that were claimed, of which some may no longer be due; by default `taken` */
  readonly claimed?: number;
  readonly counts: Partial<RunCounts>;
  /**
   * start of the next slice, epoch ms. Without it each slice would scan the remains of all slices
   * before
   */
  readonly upTo: number;
  /** rows that left one table and appeared in another. Both must be equal (guarantee G3) */
  readonly moved?: { readonly deleted: number; readonly inserted: number };
};

/**
 * Returns a text about a slice that did not move row for row, or undefined if its counts are equal.
 */
export const imbalanceOf = (phase: string, { taken, moved }: SliceResult): string | undefined => {
  if (moved === undefined) return undefined;
  if (moved.deleted === moved.inserted && moved.deleted === taken) return undefined;
  return `${phase}: took ${taken} rows, deleted ${moved.deleted} and inserted ${moved.inserted}; nothing of this slice was kept`;
};
