import fc from 'fast-check';
import type { EventStatus, SmsReceived, SmsReceivedAck, SmsSend, SmsStatus } from '../../../shared/avro/records';
import { anyCharacter } from '../../support/any-character';

/** Any text that UTF-8 can encode, up to some kilobytes, so that the encoder's buffer must grow. */
const text = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: anyCharacter, maxLength: 80 }) },
  { weight: 1, arbitrary: fc.nat(3000).map((length) => '信'.repeat(length)) },
);
/** Up to the largest time that avsc computes exactly. */
const time = fc.integer({ min: -(2 ** 52) + 1, max: 2 ** 52 - 1 });
const int = fc.integer();
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null });

const statuses: readonly EventStatus[] = [
  'SUBMITTED',
  'SUBMIT_FAILED',
  'DELIVERED',
  'UNDELIVERED',
  'EXPIRED',
  'REJECTED',
  'CANCELLED',
  'UNKNOWN',
];

export const anySend: fc.Arbitrary<SmsSend> = fc.record({
  messageId: text,
  appId: text,
  to: text,
  content: text,
  extCode: optional(text),
  priority: int,
  needReport: fc.boolean(),
  scheduledAt: optional(time),
  expiresAt: optional(time),
  createdAt: time,
  context: optional(text),
});

export const anyStatus: fc.Arbitrary<SmsStatus> = fc.record({
  eventId: text,
  messageId: text,
  appId: optional(text),
  to: optional(text),
  status: fc.constantFrom(...statuses),
  isFinal: fc.boolean(),
  matched: fc.boolean(),
  reason: optional(text),
  gatewayCode: optional(text),
  gatewayMessage: optional(text),
  gatewayMessageId: optional(text),
  partNo: optional(int),
  partCount: optional(int),
  occurredAt: time,
  recordedAt: time,
  context: optional(text),
});

export const anyReceived: fc.Arbitrary<SmsReceived> = fc.record({
  receivedId: text,
  from: text,
  to: text,
  extCode: optional(text),
  appId: optional(text),
  content: text,
  receivedAt: time,
  recordedAt: time,
  attempt: int,
});

export const anyReceivedAck: fc.Arbitrary<SmsReceivedAck> = fc.record({
  receivedId: text,
  appId: text,
  processedAt: time,
});
