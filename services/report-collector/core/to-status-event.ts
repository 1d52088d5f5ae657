import type { EventStatus, SmsStatus } from '../../../shared/avro/records';
import { eventId } from '../../../shared/event-id';
import { toGatewayKey } from '../../../shared/ledger/gateway-key';
import { isAnsweredByPart } from '../../../shared/ledger/part';
import { RANK } from '../../../shared/ledger/status';
import type { LedgerMessage } from './collect-plan';
import { isEnded } from './message-state';

/** What a row of RESP or REPORT says, in the gateway's own words. */
export type Words = {
  readonly eventId: string;
  readonly gatewayCode: string;
  readonly gatewayMessage: string | null;
  readonly gatewayMsgId: string | null;
  /** epoch ms; null: the row does not say */
  readonly occurredMs: number | null;
  /** when the gateway got the message, and when it was done with it */
  readonly submittedMs?: number | null;
  readonly doneMs?: number | null;
};

/** The event of an answer: `message` is as it is after the answer, and knows the part by `knownId`. */
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
    // every answer but one moves its message at least to SUBMITTED: what is refused for now may still be taken
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
 * The event of an answer about a message that the platform does not know. `name` is what the gateway calls the message. Its id is its own: the message
 * may turn up, and who has seen this event must not take that one for a repetition of it.
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
