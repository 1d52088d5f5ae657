import type { SmsStatus } from '../../shared/avro/records';
import { eventId } from '../../shared/event-id';
import type { LedgerEntry } from './ledger-entry';
import type { Unledgered } from './plan-batch';

type Outcome = Pick<SmsStatus, 'status' | 'reason'>;

const finalStatus = (
  id: string,
  message: { readonly messageId: string; readonly appId: string; readonly to: string; readonly context: string | null },
  outcome: Outcome,
  now: number,
): SmsStatus => ({
  eventId: id,
  messageId: message.messageId,
  appId: message.appId,
  to: message.to,
  ...outcome,
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

/** The final event of a message that the relay itself ended (rejected or expired). A repeat after a crash has the same eventId. */
export const toEndedEvent = (
  message: Pick<LedgerEntry, 'messageId' | 'appId' | 'destAddr' | 'context'>,
  outcome: Outcome,
  now: number,
): SmsStatus =>
  finalStatus(
    eventId('relay', message.messageId, message.appId, outcome.status, outcome.reason ?? ''),
    { messageId: message.messageId, appId: message.appId, to: message.destAddr, context: message.context },
    outcome,
    now,
  );

/** The final event of a message whose id is no id: it is identified by the place of its record. The id is given back, cut to 256 characters. */
export const toUnledgeredEvent = ({ record, message, reason }: Unledgered, now: number): SmsStatus => {
  const place = `${record.topic}-${record.partition}-${record.offset}`;
  return finalStatus(
    eventId('relay-record', record.topic, record.partition, record.offset),
    {
      messageId: message.messageId.slice(0, 256) || `record:${place}`,
      appId: message.appId,
      to: message.to,
      context: message.context,
    },
    { status: 'REJECTED', reason },
    now,
  );
};
