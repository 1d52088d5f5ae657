export type LedgerStatus =
  | 'NEW'
  | 'QUEUED'
  | 'SCHEDULED'
  | 'HANDED'
  | 'SUBMITTED'
  | 'UNKNOWN'
  | 'SUBMIT_FAILED'
  | 'DELIVERED'
  | 'UNDELIVERED'
  | 'EXPIRED'
  | 'REJECTED'
  | 'CANCELLED';

/**
 * Progress of a message. A rank never decreases; among equal ranks the first status stays. From
 * UNKNOWN on a status is final. A delivery report outranks a refusal: the gateway may accept a
 * message that it refused before, and then the phone's report counts.
 */
export const RANK: Readonly<Record<LedgerStatus, number>> = {
  NEW: 0,
  QUEUED: 1,
  SCHEDULED: 2,
  HANDED: 3,
  SUBMITTED: 4,
  UNKNOWN: 5,
  SUBMIT_FAILED: 6,
  DELIVERED: 7,
  UNDELIVERED: 7,
  EXPIRED: 7,
  REJECTED: 7,
  CANCELLED: 7,
};

export const isFinal = (status: LedgerStatus): boolean => RANK[status] >= RANK.UNKNOWN;
