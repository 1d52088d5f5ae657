import type { SmsStatus } from '../../../shared/avro/records';
import { eventId } from '../../../shared/event-id';
import { END_REASONS } from '../../../shared/ledger/end-reasons';
import { toEndId, toFinalStatus } from '../../../shared/ledger/terminal-event';

/** A message that the archiver ends. Times in epoch ms. */
export type OverdueMessage = {
  readonly messageId: string;
  readonly appId: string;
  readonly destAddr: string;
  readonly context: string | null;
  readonly gatewayMsgId: string | null;
  readonly gatewayCode: string | null;
  /**
   * the reason that an undecided reply left (`REPORT_CODE_UNKNOWN`, `REPORT_NOT_FINAL`,
   * `SUBMIT_NOT_FINAL`); null without such a reply
   */
  readonly reason?: string | null;
  /** the deadline that ended it. It is the same in an event repeated after a crash */
  readonly endedAt: number;
};

/**
 * Returns the final event of a message without a final reply (UNKNOWN) or without a hand-over
 * (EXPIRED) in time. Its eventId depends on the message only.
 */
export const toOverdueEvent = (message: OverdueMessage, status: 'UNKNOWN' | 'EXPIRED', now: number): SmsStatus =>
  toFinalStatus(
    {
      eventId:
        status === 'EXPIRED'
          ? toEndId(message, { status, reason: END_REASONS[status] })
          : eventId('archiver', message.messageId, message.appId, status),
      messageId: message.messageId,
      appId: message.appId,
      to: message.destAddr,
      status,
      reason: status === 'UNKNOWN' ? (message.reason ?? END_REASONS.UNKNOWN) : END_REASONS[status],
      gatewayCode: message.gatewayCode,
      gatewayMessageId: message.gatewayMsgId,
      occurredAt: message.endedAt,
      context: message.context,
    },
    now,
  );
