import { EARLIEST_MS } from './moment';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const DEFAULT_VALIDITY_MS = 24 * HOUR_MS;
const LONGEST_VALIDITY_MS = 72 * HOUR_MS;
const LONGEST_SCHEDULE_MS = 30 * DAY_MS;

/** Clocks of business systems are off; one that is off by more than this makes messages that would live too long. */
const LONGEST_CLOCK_LEAD_MS = 24 * HOUR_MS;

/** No message that is accepted now can be handed over after this much time. */
export const LONGEST_LIFE_MS = LONGEST_SCHEDULE_MS + LONGEST_VALIDITY_MS + LONGEST_CLOCK_LEAD_MS;

type MessageTimes = {
  readonly createdAt: number;
  readonly scheduledAt: number | null;
  readonly expiresAt: number | null;
};

/** True when the time is absent, or can be meant and lies at most 30 days ahead. */
export const isSchedulable = (scheduledAt: number | null, now: number): boolean =>
  scheduledAt === null || (scheduledAt >= EARLIEST_MS && scheduledAt <= now + LONGEST_SCHEDULE_MS);

/**
 * Until when a message may be handed over (epoch ms): as asked for, else 24 h after its time (scheduledAt, or createdAt). Undefined when that is
 * not allowed: not after its time, more than 72 h after it, or a createdAt more than 24 h ahead of now, or from before there were messages. A time that is already past is returned.
 */
export const toExpiresAt = (message: MessageTimes, now: number): number | undefined => {
  const { createdAt, scheduledAt, expiresAt } = message;
  // written so that NaN fails
  if (!(createdAt >= EARLIEST_MS && createdAt <= now + LONGEST_CLOCK_LEAD_MS)) return undefined;
  const base = scheduledAt ?? createdAt;
  if (expiresAt === null) return base + DEFAULT_VALIDITY_MS;
  return expiresAt > base && expiresAt <= base + LONGEST_VALIDITY_MS ? expiresAt : undefined;
};
