import { LONGEST_LIFE_MS } from '../../../shared/sms/effective-times';

/** The limits of a run. Durations in milliseconds. */
export type ArchiveLimits = {
  readonly reportDeadlineMs: number;
  readonly receivedRetryMs: number;
  readonly receivedMaxAttempts: number;
  readonly pendingAckMs: number;
  readonly sendLogRetentionMs: number;
  readonly receiveLogRetentionMs: number;
  readonly sliceRows: number;
};

/**
 * The moments that decide about rows, fixed once for a whole run so that all slices use the same.
 * Epoch ms.
 */
export type ArchivePlan = {
  readonly now: number;
  /** handed over before this and without a final reply: UNKNOWN */
  readonly handedBefore: number;
  readonly reportDeadlineMs: number;
  /**
   * validity ended before this: a copy of the message can only expire, so the ledger may forget the
   * row
   */
  readonly expiredBefore: number;
  /** a row without a validity is kept until any message created with it must have expired */
  readonly createdBefore: number;
  /** last offered before this and not processed: offered again, or given up */
  readonly offeredBefore: number;
  readonly receivedMaxAttempts: number;
  readonly pendingAckBefore: number;
  readonly sendArchivedBefore: number;
  readonly receiveArchivedBefore: number;
  readonly sliceRows: number;
};

/** Returns the cut-off moments of the run that starts at `now` (epoch ms). */
export const planArchive = (now: number, limits: ArchiveLimits): ArchivePlan => ({
  now,
  handedBefore: now - limits.reportDeadlineMs,
  reportDeadlineMs: limits.reportDeadlineMs,
  expiredBefore: now,
  createdBefore: now - LONGEST_LIFE_MS,
  offeredBefore: now - limits.receivedRetryMs,
  receivedMaxAttempts: limits.receivedMaxAttempts,
  pendingAckBefore: now - limits.pendingAckMs,
  sendArchivedBefore: now - limits.sendLogRetentionMs,
  receiveArchivedBefore: now - limits.receiveLogRetentionMs,
  sliceRows: limits.sliceRows,
});

/**
 * The phases of a run. Their order matters: messages get their final status before final ones are
 * moved, and early acknowledgements are applied before any message is offered again. Retention
 * counts from the move, so it concerns later runs.
 */
export const PHASES = [
  'end-unanswered',
  'expire-unhanded',
  'move-sent',
  'move-undated',
  'apply-acks',
  'drop-acks',
  'move-processed',
  'offer-again',
  'move-unprocessed',
  'purge-sent',
  'purge-received',
  'purge-taken',
] as const;

export type Phase = (typeof PHASES)[number];
