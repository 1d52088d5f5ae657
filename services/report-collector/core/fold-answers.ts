import type { SmsStatus } from '../../shared/avro/records';
import type { createTally, LedgerMessage, SettledPart, Settlement } from './collect-plan';
import { type Answer, applyAnswer, isFinal } from './message-state';
import { toStatusEvent, type Words } from './to-status-event';

type Fold = {
  /** Applies one answer to its message and returns its event, with the status after it. */
  readonly apply: (message: LedgerMessage, answer: Answer, words: Words) => SmsStatus;
  /** What has changed, each message and part once. */
  readonly settlements: () => readonly Settlement[];
  readonly parts: () => readonly SettledPart[];
};

const outcomeOf = (before: LedgerMessage, after: LedgerMessage, answer: Answer): string => {
  if (answer.kind === 'report' && answer.outcome.pattern === undefined) return 'code_unknown';
  return after.status === before.status ? 'unchanged' : after.status.toLowerCase();
};

/**
 * Folds the answers of one batch: several may be about one message, and each builds on the one before.
 * @param tally counts every answer as the status it brought, `unchanged`, or `code_unknown`
 */
export const createFold = (perPart: boolean, now: number, tally: ReturnType<typeof createTally>): Fold => {
  const before = new Map<string, LedgerMessage>();
  const after = new Map<string, LedgerMessage>();
  return {
    apply: (message, answer, words) => {
      const { messageId } = message;
      const current = after.get(messageId) ?? message;
      const next = applyAnswer(current, answer, perPart);
      if (next !== current) {
        if (!before.has(messageId)) before.set(messageId, current);
        after.set(messageId, next);
      }
      tally.add(outcomeOf(current, next, answer));
      return toStatusEvent(words, next, answer.gatewayMsgId, perPart, now);
    },
    settlements: () =>
      [...after].map(([messageId, message]) => {
        const was = before.get(messageId) as LedgerMessage;
        return {
          message,
          submittedNow: message.submitted && !was.submitted,
          finalNow: isFinal(message.status) && message.status !== was.status,
        };
      }),
    parts: () => {
      const parts: SettledPart[] = [];
      for (const [messageId, message] of after) {
        if (message.parts.length === 0) continue;
        const known = new Set(before.get(messageId)?.parts);
        for (const part of message.parts)
          if (!known.has(part)) parts.push({ ...part, messageId, destAddr: message.destAddr });
      }
      return parts;
    },
  };
};
