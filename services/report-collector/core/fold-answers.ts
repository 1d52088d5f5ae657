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

/**
 * Folds the answers of one batch: several may be about one message, and each builds on the one before.
 * @param tally counts every answer as the status it brought, or `unchanged`
 */
export const createFold = (perPart: boolean, now: number, tally: ReturnType<typeof createTally>): Fold => {
  const before = new Map<string, LedgerMessage>();
  const after = new Map<string, LedgerMessage>();
  return {
    apply: (message, answer, words) => {
      const { msgId } = message;
      const current = after.get(msgId) ?? message;
      const next = applyAnswer(current, answer, perPart);
      if (next !== current) {
        if (!before.has(msgId)) before.set(msgId, current);
        after.set(msgId, next);
      }
      tally.add(next.status === current.status ? 'unchanged' : next.status.toLowerCase());
      return toStatusEvent(words, next, perPart, now);
    },
    settlements: () =>
      [...after].map(([msgId, message]) => {
        const was = before.get(msgId) as LedgerMessage;
        return {
          message,
          submittedNow: message.submitted && !was.submitted,
          finalNow: isFinal(message.status) && message.status !== was.status,
        };
      }),
    parts: () =>
      perPart
        ? [...after].flatMap(([msgId, message]) => {
            const known = new Set(before.get(msgId)?.parts);
            return message.parts.filter((part) => !known.has(part)).map((part) => ({ ...part, msgId }));
          })
        : [],
  };
};
