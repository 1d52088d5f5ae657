/** Says the same trouble once, and again at long intervals with the number of times it was left out: what goes wrong at every try would fill the log. */
export type MergedLog = {
  /** Fields to log, or undefined when this has just been said. `key`: what counts as the same. */
  readonly said: (key: string) => { readonly repeated?: number } | undefined;
  /** All is well again: the next trouble is said at once. True if there was any. */
  readonly wellAgain: () => boolean;
};

const REPEAT_MS = 60_000;
const MOST_KEYS = 500;

/** The same sentence whatever numbers and ids are in it. */
export const toSentence = (text: string): string => text.replaceAll(/[0-9a-f-]{6,}|\d+/g, '#').slice(0, 200);

export const createMergedLog = (now: () => number, repeatMs = REPEAT_MS): MergedLog => {
  const recent = new Map<string, { at: number; left: number }>();
  return {
    said: (key) => {
      const sentence = toSentence(key);
      const seen = recent.get(sentence);
      if (seen !== undefined && now() - seen.at < repeatMs) {
        seen.left += 1;
        return undefined;
      }
      if (recent.size > MOST_KEYS) recent.clear();
      recent.set(sentence, { at: now(), left: 0 });
      return seen !== undefined && seen.left > 0 ? { repeated: seen.left } : {};
    },
    wellAgain: () => {
      const was = recent.size > 0;
      recent.clear();
      return was;
    },
  };
};
