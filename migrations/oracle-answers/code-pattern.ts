import { BridgeError } from '../../shared/errors';

/**
 * Matches patterns that mean the same in Oracle and JavaScript: without character classes or
 * assertions that only one of them has.
 */
const PORTABLE = /^(?:[\w :;,./#=<>@!~%-]|[\^$|.*+?()[\]{}]|\\[.^$|*+?()[\]{}])+$/;

/**
 * Returns the pattern as Oracle understands it, or undefined when it cannot be translated. Ranges
 * of letters would follow the session's NLS_SORT, so their letters are written out. In brackets
 * Oracle takes a backslash literally, and also a ] in first place, so such patterns are not
 * translated. Pure.
 */
const toOraclePattern = (pattern: string): string | undefined => {
  let portable = PORTABLE.test(pattern) && !/\(\?|[*+?}]\?/.test(pattern);
  const text = pattern.replace(/\\.|\[(\^?)([^\]]*)\]/g, (whole, not: string, inside: string | undefined) => {
    if (inside === undefined) return whole;
    if (inside === '' || /[\\[]/.test(inside)) portable = false;
    const spelt = inside.replace(/(\w)-(\w)/g, (range, firstLetter: string, lastLetter: string) => {
      if (/^\d-\d$/.test(range)) return range;
      if (!/^([A-Z]-[A-Z]|[a-z]-[a-z])$/.test(range)) portable = false;
      const first = firstLetter.charCodeAt(0);
      return String.fromCharCode(
        ...Array.from({ length: lastLetter.charCodeAt(0) - first + 1 }, (_, index) => first + index),
      );
    });
    return `[${not}${spelt}]`;
  });
  return portable ? text : undefined;
};

/**
 * Returns a case-sensitive `REGEXP_LIKE` for a code, independent of the session's NLS settings.
 * @throws BridgeError EXCHANGE_FILE_INVALID
 */
export const like = (value: string, pattern: string, key: string): string => {
  const text = toOraclePattern(pattern);
  if (text === undefined) {
    throw new BridgeError(
      'EXCHANGE_FILE_INVALID',
      `${key}: replies cannot be settled in the database with "${pattern}", which Oracle reads differently: write it with ( ) | [ ] * + ? ^ $ only, and in [ ] letters, digits and ranges such as A-Z`,
    );
  }
  return `REGEXP_LIKE(${value}, '${text}', 'c')`;
};
