import { toMessageKey } from '../../../shared/sms/message-key';
import { type Backoff, toPauseMs } from '../../../shared/timing/backoff';

/** A parked record as the table lists it. */
export type ParkedEntry = {
  readonly id: string;
  readonly appId: string;
  readonly messageId: string;
  /** empty: another session's lock; else the fault that refuses it (see toFaultKey) */
  readonly fault: string;
  readonly tries: number;
  readonly parkedMs: number;
  readonly nextTryMs: number;
};

/**
 * Returns the records that may be tried now: their time has come, and no earlier record of their
 * message is parked.
 */
export const selectDue = (entries: readonly ParkedEntry[], now: number): readonly ParkedEntry[] => {
  const seen = new Set<string>();
  return entries.filter((entry) => {
    const key = toMessageKey(entry);
    const first = !seen.has(key);
    seen.add(key);
    return first && entry.nextTryMs <= now;
  });
};

const RETRY: Backoff = { minMs: 250, maxMs: 5_000 };

/**
 * Returns the pause in ms after this number of failed tries. It stays short, because a lock may go
 * at any moment.
 */
export const toRetryPauseMs = (tries: number): number => toPauseMs(RETRY, tries + 1);

/**
 * How long a refused record waits for others with the same fault before it counts as the only one.
 */
const ALONE_AFTER_MS = 3_000;

/** Returns the number of other messages that the same fault keeps parked. */
export const countSameFault = (entries: readonly ParkedEntry[], entry: ParkedEntry, fault: string): number =>
  new Set(entries.filter((other) => other.id !== entry.id && other.fault === fault).map(toMessageKey)).size;

export const isLongAlone = (entry: ParkedEntry, now: number): boolean =>
  entry.tries > 0 && now - entry.parkedMs >= ALONE_AFTER_MS;
