/** What is known of a message that its sender wants cancelled. What another application has under its id is another message. */
export type CancelSight =
  /** in ledger or history */
  | { readonly kind: 'entered'; readonly status: string }
  /** this process published it and Kafka has it, but the relay has not entered it yet */
  | { readonly kind: 'ahead' }
  /** nobody here has seen it */
  | { readonly kind: 'unknown' };

export type CancelDecision =
  | { readonly kind: 'already-cancelled' }
  /** handed over or ended */
  | { readonly kind: 'too-late'; readonly status: string }
  /** enter it as cancelled, so that the relay refuses its record when it comes */
  | { readonly kind: 'forestall' }
  /** it was entered a moment ago and can be cancelled now */
  | { readonly kind: 'look-again' }
  | { readonly kind: 'not-found' };

const CANCELLABLE: ReadonlySet<string> = new Set(['NEW', 'QUEUED', 'SCHEDULED']);

/**
 * What to do about a message that could not simply be marked as cancelled. Pure.
 * @param ahead the caller says that it published the message and wants it refused whenever it arrives
 */
export const decideCancel = (sight: CancelSight, ahead: boolean): CancelDecision => {
  if (sight.kind !== 'entered') return { kind: sight.kind === 'ahead' || ahead ? 'forestall' : 'not-found' };
  if (sight.status === 'CANCELLED') return { kind: 'already-cancelled' };
  return CANCELLABLE.has(sight.status) ? { kind: 'look-again' } : { kind: 'too-late', status: sight.status };
};
