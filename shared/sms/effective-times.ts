import { EARLIEST_MS } from './moment';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const DEFAULT_VALIDITY_MS = 24 * HOUR_MS;
const LONGEST_VALIDITY_MS = 72 * HOUR_MS;
const LONGEST_SCHEDULE_MS = 30 * DAY_MS;

/** Clocks of business systems deviate. Beyond this a message would live too long. */
const LONGEST_CLOCK_LEAD_MS = 24 * HOUR_MS;

/** No message that is accepted now can be handed over later than this from now. */
export const LONGEST_LIFE_MS = LONGEST_SCHEDULE_MS + LONGEST_VALIDITY_MS + LONGEST_CLOCK_LEAD_MS;

type MessageTimes = {
  readonly createdAt: number;
  readonly scheduledAt: number | null;
  readonly expiresAt: number | null;
};

/** Returns true when the time is absent, or is a plausible time at most 30 days ahead. */
export const isSchedulable = (scheduledAt: number | null, now: number): boolean =>
  scheduledAt === null || (scheduledAt >= EARLIEST_MS && scheduledAt <= now + LONGEST_SCHEDULE_MS);

/**
 * Returns the end of a message's validity in epoch ms: `expiresAt`, or 24 h after the message's
 * time (`scheduledAt`, else `createdAt`). The result may already be past. Returns undefined when
 * the times are invalid: the end is not after the message's time, or more than 72 h after it;
 * `createdAt` is more than 24 h ahead of now, or before EARLIEST_MS.
 */
export const toExpiresAt = (message: MessageTimes, now: number): number | undefined => {
  const { createdAt, scheduledAt, expiresAt } = message;
  // This form also refuses NaN.
  if (!(createdAt >= EARLIEST_MS && createdAt <= now + LONGEST_CLOCK_LEAD_MS)) return undefined;
  const base = scheduledAt ?? createdAt;
  if (expiresAt === null) return base + DEFAULT_VALIDITY_MS;
  return expiresAt > base && expiresAt <= base + LONGEST_VALIDITY_MS ? expiresAt : undefined;
};

/** Returns which condition of `toExpiresAt` the times of a message break, as text for people. */
export const explainTimes = (
  { createdAt, scheduledAt, expiresAt }: MessageTimes,
  now: number,
): { readonly field: 'createdAt' | 'expiresAt'; readonly message: string } => {
  if (!(createdAt >= EARLIEST_MS))
    return { field: 'createdAt', message: 'createdAt must be in epoch milliseconds, and not before 2001' };
  if (createdAt > now + LONGEST_CLOCK_LEAD_MS)
    return { field: 'createdAt', message: 'createdAt is more than 24 h ahead of now: is a clock wrong?' };
  const base = scheduledAt === null ? 'createdAt, the time of this message' : 'scheduledAt';
  const late = Number(expiresAt) > (scheduledAt ?? createdAt);
  return {
    field: 'expiresAt',
    message: late ? `expiresAt must be at most 72 h after ${base}` : `expiresAt must be after ${base}`,
  };
};
