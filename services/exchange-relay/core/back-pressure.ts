/**
 * The depth of the exchange table: rows that wait for the province, and the wait of the oldest one.
 */
export type ExchangeDepth = { readonly rows: number; readonly oldestMs: number };

export type WaterMarks = {
  readonly highRows: number;
  readonly lowRows: number;
  readonly highAgeMs: number;
  readonly lowAgeMs: number;
};

/**
 * Returns whether handing over must be throttled. That begins above one of the high-water marks and
 * ends when both values are at or below the low-water marks.
 */
export const shouldThrottle = (throttled: boolean, depth: ExchangeDepth, marks: WaterMarks): boolean =>
  throttled
    ? depth.rows > marks.lowRows || depth.oldestMs > marks.lowAgeMs
    : depth.rows > marks.highRows || depth.oldestMs > marks.highAgeMs;
