import { type Allowance, type Refill, take } from './allowance';

/** The limits that can end a request with 429. */
export const LIMITS = ['requests', 'messages', 'bytes', 'pending', 'ahead'] as const;

/** A limit that is reached. */
export type OverLimit = {
  readonly limit: (typeof LIMITS)[number];
  readonly retryAfterSeconds: number;
  /** for people */
  readonly message: string;
};

export const SHARE_FULL: OverLimit = {
  limit: 'pending',
  retryAfterSeconds: 1,
  message: 'too many messages of this application wait for Kafka; nothing of this request was sent',
};

/** What one application may do on this instance; 0: any number. */
export type ApplicationRates = {
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
  /** ids that it cancels before the platform has seen them: each makes a row */
  readonly aheadPerHour: number;
};

export type ApplicationLimits = {
  /** Returns the limit of messages or bytes that an application has used up, without taking any. */
  readonly usedUp: (appId: string) => OverLimit | undefined;
  readonly takeMessages: (appId: string, count: number) => OverLimit | undefined;
  readonly takeBytes: (appId: string, bytes: number) => OverLimit | undefined;
  readonly takeAhead: (appId: string) => OverLimit | undefined;
};

const perSecond = (rate: number): Refill => ({ perSecond: rate, burst: rate });
const perHour = (rate: number): Refill => ({ perSecond: rate / 3600, burst: rate });

/** Creates the count of one limit. It remembers one number for each application. */
const createCount = (
  limit: OverLimit['limit'],
  what: string,
  refillOf: (appId: string) => Refill,
  now: () => number,
) => {
  const allowances = new Map<string, Allowance>();
  return (appId: string, cost: number): OverLimit | undefined => {
    const refill = refillOf(appId);
    if (refill.burst === 0) return undefined;
    const { allowance, waitSeconds } = take(allowances.get(appId), refill, cost, now());
    allowances.set(appId, allowance);
    if (waitSeconds === 0) return undefined;
    return { limit, retryAfterSeconds: waitSeconds, message: `an application may send ${refill.burst} ${what} here` };
  };
};

/**
 * Creates the limits of each application. Each process counts alone, so n instances behind a load
 * balancer allow up to n times as much.
 */
export const createApplicationLimits = (
  ratesOf: (appId: string) => ApplicationRates,
  now: () => number,
): ApplicationLimits => {
  const messages = createCount('messages', 'messages a second', (id) => perSecond(ratesOf(id).messagesPerSecond), now);
  const bytes = createCount('bytes', 'bytes a second', (id) => perSecond(ratesOf(id).bytesPerSecond), now);
  const ahead = createCount(
    'ahead',
    'cancellations of unknown ids an hour',
    (id) => perHour(ratesOf(id).aheadPerHour),
    now,
  );
  return {
    usedUp: (appId) => messages(appId, 0) ?? bytes(appId, 0),
    takeMessages: messages,
    takeBytes: bytes,
    takeAhead: (appId) => ahead(appId, 1),
  };
};
