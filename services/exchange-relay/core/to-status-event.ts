import type { SmsStatus } from '../../../shared/avro/records';
import { eventId } from '../../../shared/event-id';
import { toFinalStatus, toTerminalEvent } from '../../../shared/ledger/terminal-event';
import type { KnownMessage } from './known-message';
import type { Unstorable } from './plan-batch';

/**
 * Returns the final event of a message that ended before this record came, once more: the sender of
 * the record must get a reply.
 */
export const toRepeatedEvent = ({ messageId, appId, ended }: KnownMessage): readonly SmsStatus[] =>
  ended === undefined ? [] : [toTerminalEvent({ ...ended, messageId, appId }, ended, ended.endedAt)];

/**
 * Returns the final event of a message whose id or application code does not fit the ledger. The
 * place of its record identifies it. Both values are returned, cut to 256 characters.
 */
export const toUnstorableEvent = ({ record, message, reason }: Unstorable, now: number): SmsStatus => {
  const place = `${record.topic}-${record.partition}-${record.offset}`;
  return toFinalStatus(
    {
      eventId: eventId('relay-record', record.topic, record.partition, record.offset),
      messageId: message.messageId.slice(0, 256) || `record:${place}`,
      appId: message.appId.slice(0, 256),
      to: message.to,
      status: 'REJECTED',
      reason,
      context: message.context,
    },
    now,
  );
};

/** Returns the number of ended messages by reason, or by status if there is no reason. */
export const countEnded = (statuses: readonly SmsStatus[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { reason, status } of statuses) counts.set(reason ?? status, (counts.get(reason ?? status) ?? 0) + 1);
  return counts;
};
