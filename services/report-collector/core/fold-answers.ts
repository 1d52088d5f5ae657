import type { SmsStatus } from '../../../shared/avro/records';
import { isFinal } from '../../../shared/ledger/status';
import type { createTally, GatewayWords, LedgerMessage, SettledPart, Settlement } from './collect-plan';
import { type Answer, applyAnswer, isEnded } from './message-state';
import { toStatusEvent, type Words } from './to-status-event';

type Fold = {
  /** Applies one reply to its message and returns the event with the message's new status. */
  readonly apply: (message: LedgerMessage, answer: Answer, words: Words) => SmsStatus;
  /** The messages that changed, each once. */
  readonly settlements: () => readonly Settlement[];
  readonly parts: () => readonly SettledPart[];
};

const SILENT: GatewayWords = { submittedMs: null, doneMs: null, message: null };

/**
 * Merges a reply's words into those that are kept for its message. The first time of submission
 * stays. The time of the end and the remark come from the reply that decided the status or the
 * code.
 */
const listen = (before = SILENT, was: LedgerMessage, is: LedgerMessage, words: Words): GatewayWords => {
  const moved = is.status !== was.status;
  return {
    submittedMs: before.submittedMs ?? words.submittedMs ?? null,
    doneMs: moved && isFinal(is.status) ? (words.doneMs ?? null) : before.doneMs,
    message: moved || is.gatewayCode !== was.gatewayCode ? words.gatewayMessage : before.message,
  };
};

const outcomeOf = (before: LedgerMessage, after: LedgerMessage, answer: Answer): string => {
  if (answer.kind === 'report' && answer.outcome.pattern === undefined) return 'code_unknown';
  return after.status === before.status ? 'unchanged' : after.status.toLowerCase();
};

/**
 * Creates a fold over the replies of one batch. Several replies may be about one message; each
 * builds on the state after the one before.
 * @param tally counts each reply under the status that it brought, `unchanged` or `code_unknown`
 */
export const createFold = (perPart: boolean, now: number, tally: ReturnType<typeof createTally>): Fold => {
  const before = new Map<string, LedgerMessage>();
  const after = new Map<string, LedgerMessage>();
  const said = new Map<string, GatewayWords>();
  return {
    apply: (message, answer, words) => {
      const { msgId } = message;
      const current = after.get(msgId) ?? message;
      const next = applyAnswer(current, answer, perPart);
      if (next !== current) {
        if (!before.has(msgId)) before.set(msgId, current);
        after.set(msgId, next);
        said.set(msgId, listen(said.get(msgId), current, next, words));
      }
      tally.add(outcomeOf(current, next, answer));
      return toStatusEvent(words, next, answer.gatewayMsgId, perPart, now);
    },
    settlements: () =>
      [...after].map(([msgId, message]) => {
        const was = before.get(msgId) as LedgerMessage;
        return {
          message,
          submittedNow: message.submitted && !was.submitted,
          finalNow: isEnded(message, perPart) && (message.status !== was.status || !isEnded(was, perPart)),
          said: said.get(msgId) ?? SILENT,
        };
      }),
    parts: () => {
      const parts: SettledPart[] = [];
      for (const [msgId, message] of after) {
        if (message.parts.length === 0) continue;
        const known = new Set(before.get(msgId)?.parts);
        for (const part of message.parts)
          if (!known.has(part)) parts.push({ ...part, msgId, destAddr: message.destAddr });
      }
      return parts;
    },
  };
};
