import type { SmsStatus } from '../../shared/avro/records';
import { eventId } from '../../shared/event-id';

/** A message that ends before it is handed over. */
export type EndedMessage = {
  readonly messageId: string;
  readonly appId: string;
  readonly destAddr: string | null;
  readonly context: string | null;
  readonly status: 'CANCELLED' | 'REJECTED';
  readonly reason: string;
};

/** The final event of a message that the producer ended. A repeat after a crash has the same eventId. */
export const toEndedEvent = (message: EndedMessage, now: number): SmsStatus => ({
  eventId: eventId('producer', message.messageId, message.appId, message.status, message.reason),
  messageId: message.messageId,
  appId: message.appId,
  to: message.destAddr,
  status: message.status,
  reason: message.reason,
  isFinal: true,
  matched: true,
  gatewayCode: null,
  gatewayMessage: null,
  gatewayMessageId: null,
  partNo: null,
  partCount: null,
  occurredAt: now,
  recordedAt: now,
  context: message.context,
});
