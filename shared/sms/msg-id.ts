/**
 * Length of a MSG_ID, the id by which the province knows a message. It consists of digits and
 * capital letters, so that it survives a province that folds case (Crockford's base 32: without I,
 * L, O and U). The first 11 characters are the microsecond of its creation, unique within a
 * process: ids ascend, and their beginnings still differ when a narrow column cuts them. The other
 * 9 are random, so that ids cannot be guessed.
 */
export const MSG_ID_LENGTH = 20;

export const MSG_ID_ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_LENGTH = 11;

/** Random bytes for one id. */
export const MSG_ID_RANDOM = MSG_ID_LENGTH - TIME_LENGTH;

/**
 * Builds a MSG_ID.
 * @param micros since 1970, a whole number
 * @param offset of the bytes to use in `random`
 */
export const toMsgId = (micros: number, random: Uint8Array, offset: number): string => {
  let time = '';
  for (let rest = micros, left = TIME_LENGTH; left > 0; left -= 1) {
    time = (MSG_ID_ALPHABET[rest % 32] as string) + time;
    rest = Math.floor(rest / 32);
  }
  for (let index = offset; index < offset + MSG_ID_RANDOM; index += 1)
    time += MSG_ID_ALPHABET[(random[index] as number) % 32];
  return time;
};

/** No id of this form was created before this moment. */
const FIRST_MS = Date.UTC(2026, 0, 1);
const CLOCKS_DIFFER_MS = 3_600_000;
/** The microsecond and one more character: shorter beginnings are shared by too many ids. */
export const SHORTEST_CUT_ID = TIME_LENGTH + 1;
const CUT = new RegExp(`^[${MSG_ID_ALPHABET}]{${SHORTEST_CUT_ID},${MSG_ID_LENGTH - 1}}$`);

/**
 * Tells whether a text, in capitals, is the beginning that a narrow column leaves of an id created
 * before `now` (epoch ms).
 */
export const isCutMsgId = (text: string, now: number): boolean => {
  if (!CUT.test(text)) return false;
  let micros = 0;
  for (const letter of text.slice(0, TIME_LENGTH)) micros = micros * 32 + MSG_ID_ALPHABET.indexOf(letter);
  return micros >= FIRST_MS * 1000 && micros <= (now + CLOCKS_DIFFER_MS) * 1000;
};

/**
 * Returns the forms in which the province may return an id: unchanged, or in capitals. Ids from
 * before MSG_IDs existed may contain small letters.
 */
export const spellingsOf = (text: string): readonly string[] => {
  const capitals = text.toUpperCase();
  return capitals === text ? [text] : [text, capitals];
};
