/** The usual ids: for these the quick way is the same. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const ASCII = /^[\x00-\x7f]*$/;

/** The usual id again: it begins, behind zeros, with a digit or a letter that says something, and no word for "none" begins so. */
const PLAIN = /^0*[1-9A-MO-TVWYZ][0-9A-Z]*$/;

/** What gateways write for "no id": a word for it, or nothing but zeros and signs (`0`, `-`, `0x00`, a UUID of zeros), or -1. */
const NOTHING =
  /^(?:0X)?[0\s!-/:-@[-`{-~]*$|^[^0-9A-Z]*(?:NULL|NONE|NIL|NAN|N\/A|NA|UNDEFINED|UNKNOWN)[^0-9A-Z]*$|^-0*1$/;

/**
 * What the spellings of one gateway id have in common: gateways write an id with other letter cases and leading zeros in a report than in the
 * submit result. Null when the id says nothing. The database's indexes hold the same: ASCII letters only, so that no locale makes a difference.
 */
export const toGatewayKey = (id: string | null): string | null => {
  if (id === null) return null;
  const upper = ASCII.test(id) ? id.toUpperCase() : id.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
  if (!PLAIN.test(upper) && NOTHING.test(upper)) return null;
  return upper.startsWith('0') ? upper.replace(/^0+/, '') : upper;
};

/** How one gateway writes one id: alike everywhere, or hexadecimal in one table and decimal in the other. */
export type IdNotation = 'same' | 'hex-decimal';

const DECIMAL = /^-?0*\d{1,20}$/;
const HEXADECIMAL = /^(?:0X)?0*[0-9A-F]{1,16}$/;
const TWO_TO_64 = 2n ** 64n;

/** The keys of a number of 64 bits: hexadecimal (also behind 0x), decimal, and decimal as a signed number. */
const keysOfNumber = (value: bigint): readonly string[] => {
  const hex = value.toString(16).toUpperCase();
  return [hex, `X${hex}`, value.toString(), BigInt.asIntN(64, value).toString()];
};

/**
 * The keys under which a message may be known when the gateway calls it so: the id's own key, and with `hex-decimal` those of the same number in
 * the other notation. Digits alone may be either. Empty when the id says nothing.
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
