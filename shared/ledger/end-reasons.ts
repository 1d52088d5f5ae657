/** Stable reason codes of the two ends. */
export const END_REASONS = { UNKNOWN: 'NO_REPORT', EXPIRED: 'EXPIRED' } as const;
