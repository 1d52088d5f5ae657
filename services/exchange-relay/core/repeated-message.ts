import { toMessageKey } from '../../../shared/sms/message-key';
import type { KnownMessage } from './known-message';
import type { LedgerEntry } from './ledger-entry';
import { isSameMessage, type ReadRecord } from './plan-batch';

/** True when it says something else, or to somebody else, than the application's message that counts. */
export const differs = (entry: LedgerEntry, found: ReadonlyMap<string, KnownMessage>): boolean => {
  const counts = found.get(toMessageKey(entry));
  return counts?.sent !== undefined && !isSameMessage(counts.sent, entry);
};

/**
 * Whether the final event is due once more. What is cancelled before it came is published after its record, so that record is answered already;
 * one that was published later is not.
 */
export const isAskedAgain = ({ messageId, appId, ended }: KnownMessage, read: readonly ReadRecord[]): boolean =>
  ended !== undefined &&
  (ended.status !== 'CANCELLED' ||
    read.some(
      ({ record, message }) =>
        message.ok &&
        message.value.messageId === messageId &&
        message.value.appId === appId &&
        record.timestamp >= ended.endedAt,
    ));

/** Planned messages that were not entered now. */
export const refusedOf = (planned: readonly LedgerEntry[], entered: readonly LedgerEntry[]): readonly LedgerEntry[] => {
  if (entered.length === planned.length) return [];
  const fresh = new Set(entered);
  return planned.filter((entry) => !fresh.has(entry));
};
