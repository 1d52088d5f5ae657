import type { Logger } from 'pino';
import { messageOf } from '../errors';
import { needsPerson } from './advice';

/**
 * Logs a repeated problem at once, then after growing pauses with the number of suppressed
 * repetitions. A problem at every attempt would otherwise fill the log.
 */
export type MergedLog = {
  /**
   * Returns the fields to log, or undefined when the same problem was logged recently. `key`
   * identifies the problem. `repeated` counts the suppressed ones of the last `seconds`.
   */
  readonly said: (key: string) => { readonly repeated?: number; readonly seconds?: number } | undefined;
  /** Forgets all problems, so that the next is logged at once. Returns true if there were any. */
  readonly wellAgain: () => boolean;
};

const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 600_000;
/** A problem that did not occur for this long is a new one. */
const QUIET_MS = 120_000;
const MOST_KEYS = 500;

type Seen = { loggedAt: number; seenAt: number; pauseMs: number; left: number };

/** Replaces numbers and ids, so that messages that differ only in these are equal. */
const toSentence = (text: string): string => text.replaceAll(/[0-9a-f-]{6,}|\d+/g, '#').slice(0, 200);

export const createMergedLog = (now: () => number): MergedLog => {
  const recent = new Map<string, Seen>();
  return {
    said: (key) => {
      const sentence = toSentence(key);
      const at = now();
      const seen = recent.get(sentence);
      if (seen === undefined || at - seen.seenAt >= QUIET_MS) {
        if (recent.size > MOST_KEYS) recent.clear();
        recent.set(sentence, { loggedAt: at, seenAt: at, pauseMs: FIRST_PAUSE_MS, left: 0 });
        return {};
      }
      seen.seenAt = at;
      if (at - seen.loggedAt < seen.pauseMs) {
        seen.left += 1;
        return undefined;
      }
      const { left, loggedAt } = seen;
      Object.assign(seen, { loggedAt: at, pauseMs: Math.min(2 * seen.pauseMs, LONGEST_PAUSE_MS), left: 0 });
      return left > 0 ? { repeated: left, seconds: Math.round((at - loggedAt) / 1000) } : {};
    },
    wellAgain: () => {
      const was = recent.size > 0;
      recent.clear();
      return was;
    },
  };
};

/**
 * Logs problems merged: a warning for what may pass without help, an error for what a person must
 * correct.
 * @param fields of each line
 */
export const createProblemLog = (logger: Pick<Logger, 'warn' | 'error'>, fields: object = {}) => {
  const merged = createMergedLog(Date.now);
  return {
    say: (summary: string, error: unknown, text = messageOf(error)): void => {
      const repeat = merged.said(`${summary} ${text}`);
      if (repeat === undefined) return;
      logger[needsPerson(error) ? 'error' : 'warn']({ ...fields, err: text, ...repeat }, summary);
    },
    wellAgain: merged.wellAgain,
  };
};
