import type { SmsStatus } from '../../../shared/avro/records';
import { isFinal } from '../../../shared/ledger/status';
import type { createTally, LedgerMessage, ReportedDetails, SettledSegment, Settlement } from './collect-plan';
import { applyReply, type GatewayReply, isEnded } from './message-state';
import { type RawReply, toStatusEvent } from './to-status-event';

type ReplyAccumulator = {
  /** Applies one reply to its message and returns the event with the message's new status. */
  readonly apply: (message: LedgerMessage, reply: GatewayReply, raw: RawReply) => SmsStatus;
  /** The messages that changed, each once. */
  readonly settlements: () => readonly Settlement[];
  readonly segments: () => readonly SettledSegment[];
};

const NO_DETAILS: ReportedDetails = { submittedMs: null, doneMs: null, message: null };

/**
 * Merges what a reply reports into the details that are kept for its message. The first time of
 * submission stays. The time of the end and the remark come from the reply that decided the status
 * or the code.
 */
const mergeDetails = (
  before = NO_DETAILS,
  previous: LedgerMessage,
  current: LedgerMessage,
  raw: RawReply,
): ReportedDetails => {
  const moved = current.status !== previous.status;
  return {
    submittedMs: before.submittedMs ?? raw.submittedMs ?? null,
    doneMs: moved && isFinal(current.status) ? (raw.doneMs ?? null) : before.doneMs,
    message: moved || current.gatewayCode !== previous.gatewayCode ? raw.gatewayMessage : before.message,
  };
};

const outcomeOf = (before: LedgerMessage, after: LedgerMessage, reply: GatewayReply): string => {
  if (reply.kind === 'report' && reply.outcome.pattern === undefined) return 'code_unknown';
  return after.status === before.status ? 'unchanged' : after.status.toLowerCase();
};

/**
 * Accumulates the replies of one batch. Several replies may be about one message; each builds on
 * the state after the one before.
 * @param tally counts each reply under the status that it brought, `unchanged` or `code_unknown`
 */
export const createReplyAccumulator = (
  perSegment: boolean,
  now: number,
  tally: ReturnType<typeof createTally>,
): ReplyAccumulator => {
  const before = new Map<string, LedgerMessage>();
  const after = new Map<string, LedgerMessage>();
  const reported = new Map<string, ReportedDetails>();
  return {
    apply: (message, reply, raw) => {
      const { msgId } = message;
      const current = after.get(msgId) ?? message;
      const next = applyReply(current, reply, perSegment);
      if (next !== current) {
        if (!before.has(msgId)) before.set(msgId, current);
        after.set(msgId, next);
        reported.set(msgId, mergeDetails(reported.get(msgId), current, next, raw));
      }
      tally.add(outcomeOf(current, next, reply));
      return toStatusEvent(raw, next, reply.gatewayMsgId, perSegment, now);
    },
    settlements: () =>
      [...after].map(([msgId, message]) => {
        const previous = before.get(msgId) as LedgerMessage;
        return {
          message,
          submittedNow: message.submitted && !previous.submitted,
          finalNow:
            isEnded(message, perSegment) && (message.status !== previous.status || !isEnded(previous, perSegment)),
          reported: reported.get(msgId) ?? NO_DETAILS,
        };
      }),
    segments: () => {
      const segments: SettledSegment[] = [];
      for (const [msgId, message] of after) {
        if (message.segments.length === 0) continue;
        const known = new Set(before.get(msgId)?.segments);
        for (const segment of message.segments)
          if (!known.has(segment)) segments.push({ ...segment, msgId, destAddr: message.destAddr });
      }
      return segments;
    },
  };
};
