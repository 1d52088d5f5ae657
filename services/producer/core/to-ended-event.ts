import type { SmsStatus } from '../../shared/avro/records';
import { eventId } from '../../shared/event-id';
import { toFinalStatus } from '../../shared/sms/to-final-status';

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
export const toEndedEvent = (
  { messageId, appId, destAddr, context, status, reason }: EndedMessage,
  now: number,
): SmsStatus =>
  toFinalStatus(
    {
      eventId: eventId('producer', messageId, appId, status, reason),
      messageId,
      appId,
      to: destAddr,
      status,
      reason,
      context,
    },
    now,
  );
