import type { SmsStatus } from '../avro/records';
import { eventId } from '../event-id';

type Ended = Pick<SmsStatus, 'eventId' | 'messageId' | 'appId' | 'to' | 'status' | 'reason' | 'context'> &
  Partial<Pick<SmsStatus, 'gatewayCode' | 'gatewayMessageId' | 'occurredAt'>>;

/** The final event of a message that one of our services ended, not the gateway. */
export const toFinalStatus = (ended: Ended, now: number): SmsStatus => ({
  isFinal: true,
  matched: true,
  gatewayCode: null,
  gatewayMessage: null,
  gatewayMessageId: null,
  partNo: null,
  partCount: null,
  occurredAt: now,
  recordedAt: now,
  ...ended,
});

/** The final event of a message that a service ended before it was handed over. A repeat after a crash has the same eventId. */
export const toEndedBy = (
  service: 'relay' | 'producer',
  message: Pick<SmsStatus, 'messageId' | 'appId' | 'context'> & { readonly destAddr: string | null },
  { status, reason }: Pick<SmsStatus, 'status' | 'reason'>,
  now: number,
): SmsStatus => {
  const { messageId, appId, destAddr, context } = message;
  const id = eventId(service, messageId, appId, status, reason ?? '');
  return toFinalStatus({ eventId: id, messageId, appId, to: destAddr, status, reason, context }, now);
};
