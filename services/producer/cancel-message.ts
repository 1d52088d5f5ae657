import { BridgeError } from '../../shared/errors';
import type { MessageKey } from '../../shared/sms/message-key';
import type { OverLimit } from './core/application-limits';
import { type CancelTarget, decideCancel } from './core/decide-cancel';

/** A cancelled ledger row for a message that has not come yet. */
export type CancelTombstone = {
  readonly messageId: string;
  readonly appId: string;
  /** null: not known here */
  readonly to: string | null;
  readonly context: string | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
};

export type CancelPorts = {
  /**
   * Sets NEW, QUEUED or SCHEDULED to CANCELLED and commits; the event follows. Returns false if
   * there is no such row.
   */
  readonly markCancelled: (messageId: string, appId: string, now: number) => Promise<boolean>;
  readonly findEntered: (message: MessageKey) => Promise<{ readonly status: string } | undefined>;
  /** Returns what this process remembers about a message that Kafka has acknowledged. */
  readonly recall: (appId: string, messageId: string) => Omit<CancelTombstone, 'messageId' | 'appId'> | undefined;
  /**
   * Enters a cancelled row for a message that ledger and history do not have, and commits. Returns
   * false if one of them has it meanwhile.
   */
  readonly insertTombstone: (row: CancelTombstone) => Promise<boolean>;
  /**
   * Publishes the event of a cancelled row. Never throws: the announcing loop repeats a failed
   * publish.
   */
  readonly announce: (message: MessageKey) => Promise<void>;
  /**
   * Takes one of the rows that an application may make for ids that the platform does not know.
   * Returns the limit when it is reached.
   */
  readonly takeAhead: (appId: string) => OverLimit | undefined;
  readonly now: () => number;
  readonly crashPoint: (step: string) => void;
};

export type CancelOutcome =
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'too-late'; readonly status: string }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'limited'; readonly over: OverLimit };

/** A row may change between two looks at it. It only moves forward, so this is more than it can. */
const ATTEMPTS = 5;

/**
 * Cancels a message that is not handed over yet, in two committed steps. First the row becomes
 * CANCELLED; from then on no relay hands the message over, even if its record is still in Kafka.
 * Then its final event is published and FINAL_AT is set. The event comes after the commit because
 * it cannot be taken back: an event CANCELLED of a message that is then sent would be wrong. A
 * crash in between leaves FINAL_AT empty, and the announcing loop continues there.
 *
 * A message that is in Kafka but not in the ledger is cancelled by a tombstone: the
 * relay takes no row that is CANCELLED. This happens for messages that this process published, and
 * with `ahead` for any id.
 * @throws BridgeError MESSAGE_BUSY, retryable, if the row changed at each attempt
 */
export const cancelMessage = async (
  request: { readonly messageId: string; readonly appId: string; readonly ahead: boolean },
  ports: CancelPorts,
): Promise<CancelOutcome> => {
  const { messageId, appId, ahead } = request;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const now = ports.now();
    if (await ports.markCancelled(messageId, appId, now)) return announced(request, ports);
    const row = await ports.findEntered(request);
    const memory = row === undefined ? ports.recall(appId, messageId) : undefined;
    const target: CancelTarget =
      row !== undefined ? { kind: 'entered', ...row } : { kind: memory === undefined ? 'unknown' : 'ahead' };
    const decision = decideCancel(target, ahead);
    switch (decision.kind) {
      case 'already-cancelled':
        return { kind: 'cancelled' };
      case 'too-late':
      case 'not-found':
        return decision;
      case 'insert-tombstone': {
        const over = memory === undefined ? ports.takeAhead(appId) : undefined;
        if (over !== undefined) return { kind: 'limited', over };
        const unknown = { to: null, context: null, createdAt: now, expiresAt: null };
        if (await ports.insertTombstone({ messageId, appId, ...(memory ?? unknown) })) return announced(request, ports);
        break;
      }
      case 'look-again':
        break;
    }
  }
  throw new BridgeError('MESSAGE_BUSY', 'the message changes at this moment', { retryable: true });
};

const announced = async ({ messageId, appId }: MessageKey, ports: CancelPorts): Promise<CancelOutcome> => {
  ports.crashPoint('producer.cancel.after-mark');
  await ports.announce({ messageId, appId });
  return { kind: 'cancelled' };
};
