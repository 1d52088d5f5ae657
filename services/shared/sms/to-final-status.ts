import type { SmsStatus } from '../avro/records';

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
