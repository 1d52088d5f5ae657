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

/** The word in the eventId is part of ids that are out in the world; who publishes the event does not matter. */
const wordOf = (status: SmsStatus['status']): string => (status === 'CANCELLED' ? 'producer' : 'relay');

/** The eventId of the end of a message that was never handed over: the same from every service, and whenever it is published again. */
export const toEndId = (
  { messageId, appId }: Pick<SmsStatus, 'messageId' | 'appId'>,
  { status, reason }: Pick<SmsStatus, 'status' | 'reason'>,
): string => eventId(wordOf(status), messageId, appId, status, reason ?? '');

/** The final event of a message that a service ended before it was handed over. */
export const toEndedUnsent = (
  message: Pick<SmsStatus, 'messageId' | 'appId' | 'context'> & { readonly destAddr: string | null },
  { status, reason }: Pick<SmsStatus, 'status' | 'reason'>,
  now: number,
): SmsStatus => {
  const { messageId, appId, destAddr, context } = message;
  const id = toEndId(message, { status, reason });
  return toFinalStatus({ eventId: id, messageId, appId, to: destAddr, status, reason, context }, now);
};
