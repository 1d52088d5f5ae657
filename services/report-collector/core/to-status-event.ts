import type { EventStatus, SmsStatus } from '../../../shared/avro/records';
import { eventId } from '../../../shared/event-id';
import { toGatewayKey } from '../../../shared/ledger/gateway-key';
import { isAnsweredPerSegment } from '../../../shared/ledger/segment';
import { RANK } from '../../../shared/ledger/status';
import type { LedgerMessage } from './collect-plan';
import { isEnded } from './message-state';

/** The content of a row of RESP or REPORT, as the gateway wrote it. */
export type RawReply = {
  readonly eventId: string;
  readonly gatewayCode: string;
  readonly gatewayMessage: string | null;
  readonly gatewayMsgId: string | null;
  /** epoch ms; null if the row has no time */
  readonly occurredMs: number | null;
  /** when the gateway got the message, and when it was done with it (epoch ms) */
  readonly submittedMs?: number | null;
  readonly doneMs?: number | null;
};

/**
 * Returns the event of a reply.
 * @param message the message after the reply
 * @param knownId the gateway id in the notation of `message.segments`
 */
export const toStatusEvent = (
  raw: RawReply,
  message: LedgerMessage,
  knownId: string | null,
  perSegment: boolean,
  now: number,
): SmsStatus => {
  const bySegment = isAnsweredPerSegment(message, perSegment);
  const key = bySegment ? toGatewayKey(knownId) : null;
  return {
    eventId: raw.eventId,
    messageId: message.messageId,
    appId: message.appId,
    to: message.destAddr,
    // Every reply moves its message at least to SUBMITTED, except a temporary refusal: that message
    // may still be taken.
    status: RANK[message.status] < RANK.SUBMITTED ? 'SUBMIT_FAILED' : (message.status as EventStatus),
    isFinal: isEnded(message, perSegment),
    matched: true,
    reason: message.reason,
    gatewayCode: raw.gatewayCode,
    gatewayMessage: raw.gatewayMessage,
    gatewayMessageId: raw.gatewayMsgId ?? message.gatewayMsgId,
    partNo: key === null ? null : message.segments.find((segment) => segment.key === key)?.segmentNo || null,
    partCount: message.partCount,
    occurredAt: raw.occurredMs ?? now,
    recordedAt: now,
    context: message.context,
  };
};

/**
 * Returns the event of a reply to a message that the ledger does not have. The event id differs
 * from the row's own: if the message turns up, its event must not look like a repetition of this
 * one.
 * @param name the gateway's name for the message
 */
export const toUnmatchedEvent = (
  raw: RawReply,
  name: string,
  outcome: { readonly status: EventStatus; readonly isFinal: boolean; readonly to: string | null },
  now: number,
): SmsStatus => ({
  eventId: eventId('unmatched', raw.eventId),
  messageId: `gateway:${name}`,
  appId: null,
  to: outcome.to,
  status: outcome.status,
  isFinal: outcome.isFinal,
  matched: false,
  reason: null,
  gatewayCode: raw.gatewayCode,
  gatewayMessage: raw.gatewayMessage,
  gatewayMessageId: raw.gatewayMsgId,
  partNo: null,
  partCount: null,
  occurredAt: raw.occurredMs ?? now,
  recordedAt: now,
  context: null,
});
