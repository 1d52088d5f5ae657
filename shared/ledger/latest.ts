/** The latest time that records and both databases can hold, in epoch ms: 9999-12-31. */
export const LATEST_MS = Date.UTC(9999, 11, 31);
