/** The newest run that ended well, as far as the database knows. Epoch ms. */
export type LastGoodRun = { readonly startedAt: number } | undefined;

/**
 * A run is due when none that ended well has started since the last scheduled moment. One rule for the nightly run, for a night when no
 * archiver was up, for a run that failed or was killed, and for several instances of which one was quicker.
 */
export const isDue = (scheduledAt: number | undefined, lastGood: LastGoodRun): boolean =>
  scheduledAt !== undefined && (lastGood === undefined || lastGood.startedAt < scheduledAt);
