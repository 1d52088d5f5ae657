/** What the character set of a database can hold, and what it costs there. */
export type CharacterSet = {
  /** as the server names it */
  readonly name: string;
  /** The first character of a text that the set does not have: what a server would store in its place is another text. */
  readonly firstMissing: (text: string) => string | undefined;
  /** Bytes that the server stores. */
  readonly byteLength: (text: string) => number;
  /** bytes that the server allows for each byte of UTF-8 that a client announces */
  readonly growth: number;
};

/** Half of a surrogate pair: no character, and written as UTF-8 it becomes U+FFFD. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Asked of every message, so the engine's own check comes first: in Node 20, not yet in TypeScript's list of ES2023. */
const loneSurrogate = (text: string): string | undefined =>
  (text as string & { readonly isWellFormed: () => boolean }).isWellFormed()
    ? undefined
    : LONE_SURROGATE.exec(text)?.[0];

/** All of Unicode. */
export const toUnicodeSet = (name: string): CharacterSet => ({
  name,
  firstMissing: loneSurrogate,
  byteLength: (text) => Buffer.byteLength(text),
  growth: 1,
});

/**
 * Of GBK's two-byte codes those that Microsoft's code page 936 has too, without the euro sign and the areas for private use: what later editions of the
 * standard added, or moved, a server may have or not, and nobody published Oracle's own table.
 */
const NOT_EVERYWHERE =
  /[\u01f9\u1e3f\u20ac\u2e80-\u2eff\u2ff0-\u2fff\u303e\u3400-\u4dbf\u9fa6-\u9fff\ud800-\uf8ff\ufe10-\ufe1f\ufffd]/;

let twoBytes: Uint8Array | undefined;

/** By code unit: 1 for what GBK writes with two bytes. Made at the first use, from what the decoder of the Encoding Standard reads. */
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

/** ASCII in one byte, Chinese in two: what is not in the table of GBK has `others` bytes, or is not there at all. */
const toChineseSet = (name: string, others: { readonly bytes: number; readonly inBmp: boolean }): CharacterSet => {
  const table = twoByteTable();
  return {
    name,
    firstMissing: (text) => {
      for (let at = 0; at < text.length; at += 1) {
        const unit = text.charCodeAt(at);
        if (unit < 0x80 || table[unit] === 1) continue;
        if (!others.inBmp || (unit >= 0xd800 && unit <= 0xdfff) || unit === 0xfffd)
          return String.fromCodePoint(text.codePointAt(at) as number);
      }
      return undefined;
    },
    byteLength: (text) => {
      let bytes = text.length;
      for (let at = 0; at < text.length; at += 1) {
        const unit = text.charCodeAt(at);
        if (unit >= 0x80) bytes += table[unit] === 1 ? 1 : others.bytes - 1;
      }
      return bytes;
    },
    growth: others.bytes,
  };
};

/**
 * Oracle's sets that the bridge knows. ZHS32GB18030 is the standard of 2000, for Unicode 3.0: nothing above U+FFFF. Since 10g it is only there in databases
 * that are older.
 */
const ORACLE_SETS: ReadonlyMap<string, (name: string) => CharacterSet> = new Map([
  ['AL32UTF8', toUnicodeSet],
  ['ZHS16GBK', (name: string) => toChineseSet(name, { bytes: 2, inBmp: false })],
  ['ZHS32GB18030', (name: string) => toChineseSet(name, { bytes: 4, inBmp: true })],
]);

/** The set of that name; undefined for one that the bridge does not know. */
export const oracleCharacterSet = (name: string): CharacterSet | undefined => ORACLE_SETS.get(name)?.(name);

/** A character as people look it up: `U+1F600`. */
export const toCodePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** The text with `[U+1F600]` for each character that the set does not have: for what is kept to be looked at, and never sent. */
export const toStorable = (text: string, set: CharacterSet): string =>
  set.firstMissing(text) === undefined
    ? text
    : [...text].map((one) => (set.firstMissing(one) === undefined ? one : `[${toCodePoint(one)}]`)).join('');
