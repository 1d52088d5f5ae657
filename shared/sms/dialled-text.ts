/** What nobody sees: marks of direction and joining, byte order marks, control characters, blanks of every kind. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\p{Z}\u2800]/gu;
const INVISIBLE_AROUND = /^[\p{Z}\u2800]+|[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]|[\p{Z}\u2800]+$/gu;

/** As links and address books write it in front of a number (RFC 3966, RFC 5724). */
const SCHEME = /^(?:tel|sms):(?:\/\/)?/i;

const FULL_WIDTH = /[\uff01-\uff5e]/g;
/** Full-width characters, as Chinese input methods write them, in their usual form. */
export const toHalfWidth = (text: string): string =>
  text.replace(FULL_WIDTH, (character) => String.fromCharCode(character.charCodeAt(0) - 0xfee0));

/** What people put between the digits of a number. */
const SEPARATORS = /[\p{Pd}\u2212.()·]/gu;

const DIALLED = /^\+?\d+$/;

/** A number as it would be dialled: digits, perhaps behind a plus, without anything that people or programs put around and between them. Undefined when there is more. */
export const toDialled = (text: string): string | undefined => {
  if (DIALLED.test(text)) return text;
  const dialled = toHalfWidth(text).replace(INVISIBLE, '').replace(SCHEME, '').replace(SEPARATORS, '');
  return DIALLED.test(dialled) ? dialled : undefined;
};

/** Text as it was written, without what nobody sees in it or around it; of digits alone, in half width. */
export const withoutInvisible = (text: string): string => {
  const visible = text.replace(INVISIBLE_AROUND, '').replace(SCHEME, '').trim();
  const half = toHalfWidth(visible);
  return DIALLED.test(half) ? half : visible;
};
