import type { EventStatus, SmsStatus } from '../../../shared/avro/records';
import { eventId } from '../../../shared/event-id';
import { toGatewayKey } from '../../../shared/ledger/gateway-key';
import { isAnsweredByPart } from '../../../shared/ledger/part';
import { RANK } from '../../../shared/ledger/status';
import type { LedgerMessage } from './collect-plan';
import { isEnded } from './message-state';

/** The content of a row of RESP or REPORT, in the gateway's own words. */
export type Words = {
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
 * @param knownId the gateway id in the notation of `message.parts`
 */
export const toStatusEvent = (
  words: Words,
  message: LedgerMessage,
  knownId: string | null,
  perPart: boolean,
  now: number,
): SmsStatus => {
  const byPart = isAnsweredByPart(message, perPart);
  const key = byPart ? toGatewayKey(knownId) : null;
  return {
    eventId: words.eventId,
    messageId: message.messageId,
    appId: message.appId,
    to: message.destAddr,
    // Every reply moves its message at least to SUBMITTED, except a temporary refusal: that message
    // may still be taken.
    status: RANK[message.status] < RANK.SUBMITTED ? 'SUBMIT_FAILED' : (message.status as EventStatus),
    isFinal: isEnded(message, perPart),
    matched: true,
    reason: message.reason,
    gatewayCode: words.gatewayCode,
    gatewayMessage: words.gatewayMessage,
    gatewayMessageId: words.gatewayMsgId ?? message.gatewayMsgId,
    partNo: key === null ? null : message.parts.find((part) => part.key === key)?.partNo || null,
    partCount: message.partCount,
    occurredAt: words.occurredMs ?? now,
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
  words: Words,
  name: string,
  outcome: { readonly status: EventStatus; readonly isFinal: boolean; readonly to: string | null },
  now: number,
): SmsStatus => ({
  eventId: eventId('unmatched', words.eventId),
  messageId: `gateway:${name}`,
  appId: null,
  to: outcome.to,
  status: outcome.status,
  isFinal: outcome.isFinal,
  matched: false,
  reason: null,
  gatewayCode: words.gatewayCode,
  gatewayMessage: words.gatewayMessage,
  gatewayMessageId: words.gatewayMsgId,
  partNo: null,
  partCount: null,
  occurredAt: words.occurredMs ?? now,
  recordedAt: now,
  context: null,
});
