/**
 * The view of a message that its sender wants to cancel. A message of another application with the
 * same id is another message.
 */
export type CancelTarget =
  /** in ledger or history */
  | { readonly kind: 'entered'; readonly status: string }
  /** this process published it and Kafka has it, but the relay has not entered it yet */
  | { readonly kind: 'ahead' }
  /** neither the ledger, the history nor this process knows it */
  | { readonly kind: 'unknown' };

export type CancelDecision =
  | { readonly kind: 'already-cancelled' }
  /** handed over or ended */
  | { readonly kind: 'too-late'; readonly status: string }
  /** enter it as cancelled, so that the relay refuses its record when it comes */
  | { readonly kind: 'insert-tombstone' }
  /** it was entered a moment ago and can be cancelled now */
  | { readonly kind: 'look-again' }
  | { readonly kind: 'not-found' };

const CANCELLABLE: ReadonlySet<string> = new Set(['NEW', 'QUEUED', 'SCHEDULED']);

/**
 * Decides about a message that could not simply be marked as cancelled.
 * @param ahead true if the caller states that it published the message, and wants it refused on
 *   arrival
 */
export const decideCancel = (target: CancelTarget, ahead: boolean): CancelDecision => {
  if (target.kind !== 'entered') return { kind: target.kind === 'ahead' || ahead ? 'insert-tombstone' : 'not-found' };
  if (target.status === 'CANCELLED') return { kind: 'already-cancelled' };
  return CANCELLABLE.has(target.status) ? { kind: 'look-again' } : { kind: 'too-late', status: target.status };
};
