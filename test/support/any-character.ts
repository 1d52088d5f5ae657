import fc from 'fast-check';

const SURROGATES = { from: 0xd800, count: 0x800 } as const;

/**
 * Any code point except half a surrogate pair, as a unit of `fc.string`. fast-check's unit 'binary'
 * gives the same, but builds a table of a million entries in every test file.
 */
export const anyCharacter = fc
  .integer({ min: 0, max: 0x10ffff - SURROGATES.count })
  .map((code) => String.fromCodePoint(code < SURROGATES.from ? code : code + SURROGATES.count));
