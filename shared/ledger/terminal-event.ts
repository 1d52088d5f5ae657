import type { SmsStatus } from '../avro/records';
import { eventId } from '../event-id';

type Ended = Pick<SmsStatus, 'eventId' | 'messageId' | 'appId' | 'to' | 'status' | 'reason' | 'context'> &
  Partial<Pick<SmsStatus, 'gatewayCode' | 'gatewayMessageId' | 'occurredAt'>>;

/** Returns the final event of a message that a service of the bridge, not the gateway, ended. */
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

/**
 * Returns the word in the eventId. It does not name the publisher, and must not change: published
 * ids contain it.
 */
const wordOf = (status: SmsStatus['status']): string => (status === 'CANCELLED' ? 'producer' : 'relay');

/**
 * Returns the eventId for the end of a message that was never handed over. Every service derives
 * the same id, also when it publishes the event again.
 */
export const toEndId = (
  { messageId, appId }: Pick<SmsStatus, 'messageId' | 'appId'>,
  { status, reason }: Pick<SmsStatus, 'status' | 'reason'>,
): string => eventId(wordOf(status), messageId, appId, status, reason ?? '');

/** Returns the final event of a message that a service ended before hand-over. */
export const toTerminalEvent = (
  message: Pick<SmsStatus, 'messageId' | 'appId' | 'context'> & { readonly destAddr: string | null },
  { status, reason }: Pick<SmsStatus, 'status' | 'reason'>,
  now: number,
): SmsStatus => {
  const { messageId, appId, destAddr, context } = message;
  const id = toEndId(message, { status, reason });
  return toFinalStatus({ eventId: id, messageId, appId, to: destAddr, status, reason, context }, now);
};
