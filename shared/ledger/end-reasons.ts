/** Stable reason codes of the two ends that the bridge itself decides: no report, and expiry. */
export const END_REASONS = { UNKNOWN: 'NO_REPORT', EXPIRED: 'EXPIRED' } as const;
