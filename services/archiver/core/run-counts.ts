/** What a run did, in rows. */
export type RunCounts = {
  /** handed over, never answered: became UNKNOWN */
  readonly deadlineUnknown: number;
  /** never handed over although valid no longer: became EXPIRED */
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

/** One slice of a phase: how many rows it took, what that means for the counts, and whether another slice may find more. */
export type SliceResult = {
  readonly taken: number;
  /** rows that were looked at, where some of them may turn out not to be due any more; by default those taken */
  readonly claimed?: number;
  readonly counts: Partial<RunCounts>;
  /** where the next slice goes on, epoch ms: without it each slice would step over the remains of all before it */
  readonly upTo: number;
  /** rows that left one table and appeared in another: the two must be equal (guarantee G3) */
  readonly moved?: { readonly deleted: number; readonly inserted: number };
};

/** Says what is wrong with a slice that did not move row for row, or undefined when it adds up. */
export const imbalanceOf = (phase: string, { taken, moved }: SliceResult): string | undefined => {
  if (moved === undefined) return undefined;
  if (moved.deleted === moved.inserted && moved.deleted === taken) return undefined;
  return `${phase}: took ${taken} rows, deleted ${moved.deleted} and inserted ${moved.inserted}; nothing of this slice was kept`;
};
