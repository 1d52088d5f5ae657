import type { SmsReceived, SmsStatus } from '../../../shared/avro/records';
import { NOW } from '../../support/sms-send-message';

/** Returns a final status with the test's changes. */
export const smsStatusEvent = (change: Partial<SmsStatus> = {}): SmsStatus => ({
  eventId: 'e-1',
  messageId: 'm-1',
  appId: 'billing',
  to: '8613800138000',
  status: 'DELIVERED',
  isFinal: true,
  matched: true,
  reason: null,
  gatewayCode: 'DELIVRD',
  gatewayMessage: null,
  gatewayMessageId: 'g-1',
  partNo: null,
  partCount: null,
  occurredAt: NOW,
  recordedAt: NOW,
  context: null,
  ...change,
});

/** Returns a received message with the test's changes. */
export const smsReceivedEvent = (change: Partial<SmsReceived> = {}): SmsReceived => ({
  receivedId: 'r-1',
  from: '8613800138000',
  to: '10698001',
  extCode: '01',
  appId: 'billing',
  content: '收到',
  receivedAt: NOW,
  recordedAt: NOW,
  attempt: 1,
  ...change,
});
