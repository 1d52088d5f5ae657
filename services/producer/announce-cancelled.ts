import type { SmsStatus } from '../../shared/avro/records';
import { toTerminalEvent } from '../../shared/ledger/terminal-event';
import { type MessageKey, toMessageKey } from '../../shared/sms/message-key';
import type { EndedMessage } from './core/ended-message';

/** A cancelled message with its number in normalised form; null: not known. */
export type Announced = MessageKey & Partial<Pick<EndedMessage, 'destAddr'>>;

export type AnnouncePorts<Tx> = {
  readonly inTransaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /**
   * Locks cancelled rows whose event is not published yet: one of them, or up to `limit` that no
   * other transaction holds.
   */
  readonly claimCancelled: (
    tx: Tx,
    target: MessageKey | { readonly limit: number },
  ) => Promise<readonly EndedMessage[]>;
  readonly publish: (statuses: readonly SmsStatus[]) => Promise<void>;
  /**
   * Marks the messages whose event is still not published, with the number as published. Returns
   * these messages.
   */
  readonly markAnnounced: (tx: Tx, messages: readonly Announced[], now: number) => Promise<readonly MessageKey[]>;
  readonly now: () => number;
  readonly crashPoint: (step: string) => void;
};

/** The places between the effects of a cancellation, for crash tests. */
export const CANCEL_STEPS = [
  'producer.cancel.after-mark',
  'producer.cancel.before-publish',
  'producer.cancel.before-commit',
] as const;

/**
 * Publishes the final events of cancelled messages: claim → FINAL_AT → publish → commit. A crash
 * repeats events with the same eventId. Only marked messages are published: on Oracle a claim may
 * return a row as it was when the claim began, and another process may have announced it since.
 */
export const announceCancelled = async <Tx>(
  ports: AnnouncePorts<Tx>,
  target: MessageKey | { readonly limit: number },
): Promise<number> =>
  ports.inTransaction(async (tx) => {
    const messages = await ports.claimCancelled(tx, target);
    if (messages.length === 0) return 0;
    const now = ports.now();
    const marked = new Set((await ports.markAnnounced(tx, messages, now)).map(toMessageKey));
    const announced = messages.filter((message) => marked.has(toMessageKey(message)));
    ports.crashPoint('producer.cancel.before-publish');
    await ports.publish(announced.map((message) => toTerminalEvent(message, message, now)));
    ports.crashPoint('producer.cancel.before-commit');
    return announced.length;
  });
