/** Which characters a database can store, and how many bytes they take there. */
export type CharacterSet = {
  /** The name that the server gives the set. */
  readonly name: string;
  /**
   * Returns the first character of a text that the set lacks. A server would store another
   * character in its place.
   */
  readonly firstMissing: (text: string) => string | undefined;
  /** Returns the number of bytes that the server stores. */
  readonly byteLength: (text: string) => number;
  /** Bytes that the server reserves for each byte of UTF-8 that a client announces. */
  readonly growth: number;
};

/** Half of a surrogate pair: not a character, and encoded as U+FFFD in UTF-8. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Runs for every message, so the engine's own check comes first. Node 20 has it; TypeScript's list
 * of ES2023 does not yet.
 */
const loneSurrogate = (text: string): string | undefined =>
  (text as string & { readonly isWellFormed: () => boolean }).isWellFormed()
    ? undefined
    : LONE_SURROGATE.exec(text)?.[0];

/** Returns a set that holds all of Unicode. */
export const toUnicodeSet = (name: string): CharacterSet => ({
  name,
  firstMissing: loneSurrogate,
  byteLength: (text) => Buffer.byteLength(text),
  growth: 1,
});

/**
 * Excluded from GBK's two-byte codes: those that Microsoft's code page 936 lacks, the euro sign and
 * the private use areas. Later editions of the standard added or moved these, so a server may lack
 * them. Oracle's own table is not published.
 */
const NOT_EVERYWHERE =
  /[\u01f9\u1e3f\u20ac\u2e80-\u2eff\u2ff0-\u2fff\u303e\u3400-\u4dbf\u9fa6-\u9fff\ud800-\uf8ff\ufe10-\ufe1f\ufffd]/;

let twoBytes: Uint8Array | undefined;

/**
 * Returns a table by code unit: 1 where GBK writes two bytes. Built at the first use from the GBK
 * decoder of the Encoding Standard.
 */
const twoByteTable = (): Uint8Array => {
  if (twoBytes !== undefined) return twoBytes;
  const table = new Uint8Array(0x10000);
  const decoder = new TextDecoder('gbk');
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      const text = decoder.decode(Uint8Array.of(lead, trail));
      if (text.length === 1 && text > '\x7f' && !NOT_EVERYWHERE.test(text)) table[text.charCodeAt(0)] = 1;
    }
  }
  twoBytes = table;
  return table;
};

/**
 * Creates a Chinese set: ASCII in one byte, the characters of GBK in two. Other characters take
 * `others.bytes` where `others.inBmp` allows them, and are missing otherwise.
 */
const toChineseSet = (name: string, others: { readonly bytes: number; readonly inBmp: boolean }): CharacterSet => {
  const table = twoByteTable();
  return {
    name,
    firstMissing: (text) => {
      for (let index = 0; index < text.length; index += 1) {
        const unit = text.charCodeAt(index);
        if (unit < 0x80 || table[unit] === 1) continue;
        if (!others.inBmp || (unit >= 0xd800 && unit <= 0xdfff) || unit === 0xfffd)
          return String.fromCodePoint(text.codePointAt(index) as number);
      }
      return undefined;
    },
    byteLength: (text) => {
      let bytes = text.length;
      for (let index = 0; index < text.length; index += 1) {
        const unit = text.charCodeAt(index);
        if (unit >= 0x80) bytes += table[unit] === 1 ? 1 : others.bytes - 1;
      }
      return bytes;
    },
    growth: others.bytes,
  };
};

/**
 * The character sets of Oracle that the bridge knows. ZHS32GB18030 is the standard of the year
 * 2000, for Unicode 3.0, without characters above U+FFFF. Only databases created before Oracle 10g
 * have it.
 */
const ORACLE_SETS: ReadonlyMap<string, (name: string) => CharacterSet> = new Map([
  ['AL32UTF8', toUnicodeSet],
  ['ZHS16GBK', (name: string) => toChineseSet(name, { bytes: 2, inBmp: false })],
  ['ZHS32GB18030', (name: string) => toChineseSet(name, { bytes: 4, inBmp: true })],
]);

/** Returns Oracle's character set of that name, or undefined for an unknown one. */
export const oracleCharacterSet = (name: string): CharacterSet | undefined => ORACLE_SETS.get(name)?.(name);

/** Writes a character as code charts do: `U+1F600`. */
export const toCodePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/**
 * Replaces each character that the set lacks by `[U+1F600]`. Only for texts that are stored for
 * inspection and never sent.
 */
export const toStorable = (text: string, set: CharacterSet): string =>
  set.firstMissing(text) === undefined
    ? text
    : [...text].map((one) => (set.firstMissing(one) === undefined ? one : `[${toCodePoint(one)}]`)).join('');
