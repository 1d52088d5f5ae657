/** The newest run that ended well, as recorded in the database. Epoch ms. */
export type LastGoodRun = { readonly startedAt: number } | undefined;

/**
 * Returns true if no run that ended well has started since the last scheduled moment. This one rule
 * covers the nightly run, a night without a running archiver, a run that failed or was killed, and
 * several instances.
 */
export const isDue = (scheduledAt: number | undefined, lastGood: LastGoodRun): boolean =>
  scheduledAt !== undefined && (lastGood === undefined || lastGood.startedAt < scheduledAt);
