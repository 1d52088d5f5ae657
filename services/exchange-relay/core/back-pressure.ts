/** How full the exchange table is: rows waiting for the province, and how long the oldest of them has waited. */
export type ExchangeDepth = { readonly rows: number; readonly oldestMs: number };

export type WaterMarks = {
  readonly highRows: number;
  readonly lowRows: number;
  readonly highAgeMs: number;
  readonly lowAgeMs: number;
};

/** Whether handing over must rest, with hysteresis: it begins above a high-water mark and ends when both are at or under the low ones. */
export const mustRest = (resting: boolean, depth: ExchangeDepth, marks: WaterMarks): boolean =>
  resting
    ? depth.rows > marks.lowRows || depth.oldestMs > marks.lowAgeMs
    : depth.rows > marks.highRows || depth.oldestMs > marks.highAgeMs;
