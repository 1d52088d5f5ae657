/**
 * MSG_ID, by which the province knows a message: digits and capital letters, so that nothing is lost when a province folds case. 11 characters are the
 * microsecond in which the id was made, one for each id of a process, so ids ascend and their beginning alone tells them apart when a narrow column cuts
 * them; 9 are random, so nobody guesses one. Crockford's base 32: without I, L, O and U.
 */
export const MSG_ID_LENGTH = 20;

export const MSG_ID_ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_LENGTH = 11;

/** Random bytes that one id takes. */
export const MSG_ID_RANDOM = MSG_ID_LENGTH - TIME_LENGTH;

/** @param micros since 1970, a whole number; `at` is where in `random` its bytes begin */
export const toMsgId = (micros: number, random: Uint8Array, at: number): string => {
  let time = '';
  for (let rest = micros, left = TIME_LENGTH; left > 0; left -= 1) {
    time = (MSG_ID_ALPHABET[rest % 32] as string) + time;
    rest = Math.floor(rest / 32);
  }
  for (let index = at; index < at + MSG_ID_RANDOM; index += 1) time += MSG_ID_ALPHABET[(random[index] as number) % 32];
  return time;
};

/** The first ids of this form were made after this. */
const FIRST_MS = Date.UTC(2026, 0, 1);
const CLOCKS_DIFFER_MS = 3_600_000;
/** The microsecond and one more character: shorter beginnings are those of too many ids. */
export const SHORTEST_CUT_ID = TIME_LENGTH + 1;
const CUT = new RegExp(`^[${MSG_ID_ALPHABET}]{${SHORTEST_CUT_ID},${MSG_ID_LENGTH - 1}}$`);

/** Whether a text, in capitals, is what a narrow column leaves of an id that was made before `now` (epoch ms). */
export const isCutMsgId = (text: string, now: number): boolean => {
  if (!CUT.test(text)) return false;
  let micros = 0;
  for (const letter of text.slice(0, TIME_LENGTH)) micros = micros * 32 + MSG_ID_ALPHABET.indexOf(letter);
  return micros >= FIRST_MS * 1000 && micros <= (now + CLOCKS_DIFFER_MS) * 1000;
};

/** How the province may write an id back: as it is, or in capitals. Ids of messages from before there were MSG_IDs may hold small letters. */
export const spellingsOf = (text: string): readonly string[] => {
  const capitals = text.toUpperCase();
  return capitals === text ? [text] : [text, capitals];
};
