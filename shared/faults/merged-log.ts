import type { Logger } from 'pino';
import { isRetryable, messageOf } from '../errors';

/**
 * Logs a repeated problem once, then at long intervals with the number of suppressed repetitions. A
 * problem at every attempt would otherwise fill the log.
 */
export type MergedLog = {
  /**
   * Returns the fields to log, or undefined when the same problem was logged recently. `key`
   * identifies the problem.
   */
  readonly said: (key: string) => { readonly repeated?: number } | undefined;
  /** Forgets all problems, so that the next is logged at once. Returns true if there were any. */
  readonly wellAgain: () => boolean;
};

const REPEAT_MS = 60_000;
const MOST_KEYS = 500;

/** Replaces numbers and ids, so that messages that differ only in these are equal. */
const toSentence = (text: string): string => text.replaceAll(/[0-9a-f-]{6,}|\d+/g, '#').slice(0, 200);

export const createMergedLog = (now: () => number, repeatMs = REPEAT_MS): MergedLog => {
  const recent = new Map<string, { loggedAt: number; left: number }>();
  return {
    said: (key) => {
      const sentence = toSentence(key);
      const seen = recent.get(sentence);
      if (seen !== undefined && now() - seen.loggedAt < repeatMs) {
        seen.left += 1;
        return undefined;
      }
      if (recent.size > MOST_KEYS) recent.clear();
      recent.set(sentence, { loggedAt: now(), left: 0 });
      return seen !== undefined && seen.left > 0 ? { repeated: seen.left } : {};
    },
    wellAgain: () => {
      const was = recent.size > 0;
      recent.clear();
      return was;
    },
  };
};

/**
 * Logs problems merged: a warning for what may pass by itself, an error for what an operator must
 * correct.
 * @param fields of each line
 */
export const createProblemLog = (logger: Pick<Logger, 'warn' | 'error'>, fields: object = {}) => {
  const merged = createMergedLog(Date.now);
  return {
    say: (summary: string, error: unknown, text = messageOf(error)): void => {
      const repeat = merged.said(`${summary} ${text}`);
      if (repeat === undefined) return;
      logger[isRetryable(error) ? 'warn' : 'error']({ ...fields, err: text, ...repeat }, summary);
    },
    wellAgain: merged.wellAgain,
  };
};
