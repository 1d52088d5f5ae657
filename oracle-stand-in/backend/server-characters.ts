/** The character set that the database was created with: what it makes of texts that clients send in UTF-8. */
export type ServerCharacters = {
  readonly name: string;
  /** bytes that are reserved for each byte that a client announces */
  readonly ratio: number;
  /** What is stored: '?' for each character that the set does not have, without a word. */
  readonly store: (text: string) => string;
  /** PostgreSQL's expression for the bytes of a text */
  readonly byteLength: (text: string) => string;
  /** what PostgreSQL calls it, or what comes near */
  readonly encoding: string;
};

/** Code page 936 as PostgreSQL's driver would see it: two-byte codes that are no private use. */
const readGbk = (): ReadonlySet<number> => {
  const decoder = new TextDecoder('gbk', { fatal: true });
  const known = new Set<number>();
  for (let code = 0x8140; code <= 0xfefe; code += 1) {
    if ((code & 0xff) < 0x40 || (code & 0xff) === 0x7f || (code & 0xff) === 0xff) continue;
    try {
      const point = decoder.decode(Uint8Array.of(code >> 8, code & 0xff)).codePointAt(0) ?? 0;
      if (point < 0xd800 || point > 0xf8ff) known.add(point);
    } catch {
      // no character has this code
    }
  }
  return known;
};

const replacing = (has: (point: number) => boolean) => (text: string) =>
  /^[\0-\x7f]*$/.test(text) ? text : [...text].map((one) => (has(one.codePointAt(0) ?? 0) ? one : '?')).join('');

/** Every character that GB 18030 writes with two bytes is one of GBK, so its encoder tells the lengths of both. */
const inGb18030 = (text: string): string => `pg_catalog.octet_length(pg_catalog.convert_to(${text}, 'GB18030'))`;
const inUtf8 = (text: string): string => `pg_catalog.octet_length(${text})`;

/** A set by its name. UTF8 is CESU-8: what is above U+FFFF comes back as two halves, which no client can read. Any set that is not named here has ASCII only. */
export const serverCharacters = (name: string): ServerCharacters => {
  if (name === 'AL32UTF8') return { name, ratio: 1, store: (text) => text, byteLength: inUtf8, encoding: 'UTF8' };
  if (name === 'UTF8')
    return {
      name,
      ratio: 3,
      store: (text) => text.replace(/[\u{10000}-\u{10ffff}]/gu, '\ufffd\ufffd'),
      byteLength: inUtf8,
      encoding: 'UTF8',
    };
  if (name === 'ZHS16GBK') {
    const known = readGbk();
    return {
      name,
      ratio: 2,
      store: replacing((point) => point < 0x80 || known.has(point)),
      byteLength: inGb18030,
      encoding: 'GB18030',
    };
  }
  if (name === 'ZHS32GB18030')
    return {
      name,
      ratio: 4,
      store: replacing((point) => point <= 0xffff && point !== 0xfffd),
      byteLength: inGb18030,
      encoding: 'GB18030',
    };
  return { name, ratio: 1, store: replacing((point) => point < 0x80), byteLength: inUtf8, encoding: 'UTF8' };
};
