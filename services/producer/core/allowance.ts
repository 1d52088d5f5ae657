/** What a caller may still take. It refills with time up to `burst`, and may be in debt. */
export type Allowance = { readonly level: number; readonly at: number };

export type Refill = { readonly perSecond: number; readonly burst: number };

export type Taken = {
  readonly allowance: Allowance;
  /** whole seconds until 1 is left again; 0: it was taken */
  readonly waitSeconds: number;
};

/**
 * Takes `cost` if at least 1 is left, also more than is left: the rest is a debt, which time pays.
 * So one request may be larger than the burst, and the average is still the rate.
 * @param before undefined: nothing was taken yet
 * @param cost 0 only looks
 * @param now epoch ms
 */
export const take = (before: Allowance | undefined, { perSecond, burst }: Refill, cost: number, now: number): Taken => {
  const { level, at } = before ?? { level: burst, at: now };
  const passed = Math.max(0, now - at) / 1000;
  const refilled = Math.min(burst, level + passed * perSecond);
  if (refilled >= 1) return { allowance: { level: refilled - cost, at: now }, waitSeconds: 0 };
  const waitSeconds = Math.max(1, Math.ceil((1 - refilled) / perSecond));
  return { allowance: { level: refilled, at: now }, waitSeconds };
};
