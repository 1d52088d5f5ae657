import { toMessageKey } from '../../../shared/sms/message-key';
import type { KnownMessage } from './known-message';
import type { LedgerEntry } from './ledger-entry';
import { isSameMessage, type ReadRecord } from './plan-batch';

/**
 * Returns true if an entry has another text or recipient than the message of its application that
 * was entered first.
 */
export const differsFromStored = (entry: LedgerEntry, stored: ReadonlyMap<string, KnownMessage>): boolean => {
  const counts = stored.get(toMessageKey(entry));
  return counts?.sent !== undefined && !isSameMessage(counts.sent, entry);
};

/**
 * Returns true if the final event must be published once more. The event of a message that was
 * cancelled ahead is published after its record, so it answers that record; it does not answer a
 * record that was published after it.
 */
export const needsEventAgain = ({ messageId, appId, ended }: KnownMessage, read: readonly ReadRecord[]): boolean =>
  ended !== undefined &&
  (ended.status !== 'CANCELLED' ||
    read.some(
      ({ record, message }) =>
        message.ok &&
        message.value.messageId === messageId &&
        message.value.appId === appId &&
        record.timestamp >= ended.endedAt,
    ));

/** Returns the planned messages that were not entered now. */
export const selectNotEntered = (
  planned: readonly LedgerEntry[],
  entered: readonly LedgerEntry[],
): readonly LedgerEntry[] => {
  if (entered.length === planned.length) return [];
  const fresh = new Set(entered);
  return planned.filter((entry) => !fresh.has(entry));
};
