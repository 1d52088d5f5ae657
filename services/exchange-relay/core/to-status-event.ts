import type { SmsStatus } from '../../../shared/avro/records';
import { eventId } from '../../../shared/event-id';
import { toFinalStatus, toTerminalEvent } from '../../../shared/ledger/terminal-event';
import type { KnownMessage } from './known-message';
import type { Unledgered } from './plan-batch';

/** The final event of a message that ended before this record of it came, once more: its sender must not wait for an answer that never comes. */
export const toRepeatedEvent = ({ messageId, appId, ended }: KnownMessage): readonly SmsStatus[] =>
  ended === undefined ? [] : [toTerminalEvent({ ...ended, messageId, appId }, ended, ended.endedAt)];

/** The final event of a message whose id or application is none: it is identified by the place of its record. Both are given back, cut to 256 characters. */
export const toUnledgeredEvent = ({ record, message, reason }: Unledgered, now: number): SmsStatus => {
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

/** How many messages ended, by reason, or by status where there is none. */
export const countEnded = (statuses: readonly SmsStatus[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { reason, status } of statuses) counts.set(reason ?? status, (counts.get(reason ?? status) ?? 0) + 1);
  return counts;
};
