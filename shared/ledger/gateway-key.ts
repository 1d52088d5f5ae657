/** Matches usual ids, for which `toUpperCase` folds only ASCII letters, and is fast. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const ASCII = /^[\x00-\x7f]*$/;

/**
 * Matches usual ids, which need no further check: after zeros, a digit or letter with which no word
 * for "none" begins.
 */
const PLAIN = /^0*[1-9A-MO-TVWYZ][0-9A-Z]*$/;

/**
 * Matches the forms in which gateways write "no id": a word for it, only zeros and signs (`0`, `-`,
 * `0x00`, a UUID of zeros), or -1.
 */
const NOTHING =
  /^(?:0X)?[0\s!-/:-@[-`{-~]*$|^[^0-9A-Z]*(?:NULL|NONE|NIL|NAN|N\/A|NA|UNDEFINED|UNKNOWN)[^0-9A-Z]*$|^-0*1$/;

/**
 * Returns the part that all spellings of one gateway id share: a report may differ from the submit
 * result in letter case and leading zeros. Returns null when the id is empty or means "none". The
 * database's indexes hold the same key. Only ASCII letters are folded, so that no locale changes
 * the result.
 */
export const toGatewayKey = (id: string | null): string | null => {
  if (id === null) return null;
  const upper = ASCII.test(id) ? id.toUpperCase() : id.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
  if (!PLAIN.test(upper) && NOTHING.test(upper)) return null;
  return upper.startsWith('0') ? upper.replace(/^0+/, '') : upper;
};

/**
 * How a gateway writes an id: in the same way everywhere, or hexadecimal in one table and decimal
 * in the other.
 */
export type IdNotation = 'same' | 'hex-decimal';

const DECIMAL = /^-?0*\d{1,20}$/;
const HEXADECIMAL = /^(?:0X)?0*[0-9A-F]{1,16}$/;
const TWO_TO_64 = 2n ** 64n;

/**
 * Returns the keys of a number of 64 bits: hexadecimal (with and without 0x), decimal, and decimal
 * as a signed number.
 */
const keysOfNumber = (value: bigint): readonly string[] => {
  const hex = value.toString(16).toUpperCase();
  return [hex, `X${hex}`, value.toString(), BigInt.asIntN(64, value).toString()];
};

/**
 * Returns the keys under which a message with this gateway id may be stored: the id's own key, and
 * with `hex-decimal` those of the same number in the other notation. Digits alone may be in either
 * notation. Returns none when the id means "none".
 */
export const toGatewayKeys = (id: string | null, notation: IdNotation): readonly string[] => {
  const key = toGatewayKey(id);
  if (id === null || key === null) return [];
  if (notation === 'same') return [key];
  const text = id.trim().toUpperCase();
  const values = [
    ...(DECIMAL.test(text) ? [BigInt(text)] : []),
    ...(HEXADECIMAL.test(text) ? [BigInt(text.startsWith('0X') ? text : `0x${text}`)] : []),
  ].filter((value) => value < TWO_TO_64 && value >= -(TWO_TO_64 / 2n));
  return [...new Set([key, ...values.flatMap((value) => keysOfNumber(BigInt.asUintN(64, value)))])];
};
