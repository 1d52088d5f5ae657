/**
 * Invisible characters: direction and joining marks, byte order marks, control characters, every
 * kind of space.
 */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\p{Z}\u2800]/gu;
const INVISIBLE_AROUND = /^[\p{Z}\u2800]+|[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]|[\p{Z}\u2800]+$/gu;

/** Scheme that links and address books write before a number (RFC 3966, RFC 5724). */
const SCHEME = /^(?:tel|sms):(?:\/\/)?/i;

const FULL_WIDTH = /[\uff01-\uff5e]/g;
/** Converts full-width characters, which Chinese input methods write, to half width. */
export const toHalfWidth = (text: string): string =>
  text.replace(FULL_WIDTH, (character) => String.fromCharCode(character.charCodeAt(0) - 0xfee0));

/** Separators that users write between the digits of a number. */
const SEPARATORS = /[\p{Pd}\u2212.()·]/gu;

const DIALLED = /^\+?\d+$/;

/**
 * Reduces a text to the digits that would be dialled, with a leading plus if there was one, by
 * removing separators and invisible characters. Returns undefined when anything else remains.
 */
export const toDialled = (text: string): string | undefined => {
  if (DIALLED.test(text)) return text;
  const dialled = toHalfWidth(text).replace(INVISIBLE, '').replace(SCHEME, '').replace(SEPARATORS, '');
  return DIALLED.test(dialled) ? dialled : undefined;
};

/** Removes invisible characters in and around a text. Converts digits to half width. */
export const stripInvisible = (text: string): string => {
  const visible = text.replace(INVISIBLE_AROUND, '').replace(SCHEME, '').trim();
  const half = toHalfWidth(visible);
  return DIALLED.test(half) ? half : visible;
};
