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
  /** of an answer that decided nothing (see `REPORT_CODE_UNKNOWN`, `REPORT_NOT_FINAL`, `SUBMIT_NOT_FINAL`); null when there was none */
  readonly reason?: string | null;
  /** when the deadline that ended it passed: a repeat after a crash says the same */
  readonly endedAt: number;
};

/** The final event of a message that nobody answered (UNKNOWN) or handed over (EXPIRED) in time. Its eventId depends on the message only. */
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
