import type { SmsStatus } from '../shared/avro/records';
import type { MessageKey } from '../shared/sms/message-key';
import { type EndedMessage, toEndedEvent } from './core/to-ended-event';

export type AnnouncePorts<Tx> = {
  readonly inTransaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /** Locks cancelled rows whose event is not published yet (one of them, or up to `limit`), those that nobody else holds. */
  readonly claimCancelled: (tx: Tx, of: MessageKey | { readonly limit: number }) => Promise<readonly EndedMessage[]>;
  readonly publish: (statuses: readonly SmsStatus[]) => Promise<void>;
  readonly markAnnounced: (tx: Tx, messages: readonly MessageKey[], now: number) => Promise<void>;
  readonly now: () => number;
  readonly crashPoint: (step: string) => void;
};

/** Marks between the effects of cancelling, for crash tests. */
export const CANCEL_STEPS = [
  'producer.cancel.after-mark',
  'producer.cancel.after-publish',
  'producer.cancel.before-commit',
] as const;

/** Publishes the final events of cancelled messages: claim → publish → FINAL_AT → commit. A crash repeats events with the same eventId. */
export const announceCancelled = async <Tx>(
  ports: AnnouncePorts<Tx>,
  of: MessageKey | { readonly limit: number },
): Promise<number> =>
  ports.inTransaction(async (tx) => {
    const messages = await ports.claimCancelled(tx, of);
    if (messages.length === 0) return 0;
    const now = ports.now();
    await ports.publish(messages.map((message) => toEndedEvent(message, now)));
    ports.crashPoint('producer.cancel.after-publish');
    await ports.markAnnounced(tx, messages, now);
    ports.crashPoint('producer.cancel.before-commit');
    return messages.length;
  });
