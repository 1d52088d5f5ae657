/** The database's character set: its effect on texts that clients send in UTF-8. */
export type ServerCharacters = {
  readonly name: string;
  /** Bytes reserved for each byte that a client announces. */
  readonly ratio: number;
  /** Returns what is stored: silently '?' for each character that the set lacks. */
  readonly store: (text: string) => string;
  /** Returns PostgreSQL's expression for the bytes of a text. */
  readonly byteLength: (text: string) => string;
  /** PostgreSQL's name of the encoding, or of the closest one. */
  readonly encoding: string;
};

/** Reads code page 936: its two-byte codes without the private use area. */
const readGbk = (): ReadonlySet<number> => {
  const decoder = new TextDecoder('gbk', { fatal: true });
  const known = new Set<number>();
  for (let code = 0x8140; code <= 0xfefe; code += 1) {
    if ((code & 0xff) < 0x40 || (code & 0xff) === 0x7f || (code & 0xff) === 0xff) continue;
    try {
      const point = decoder.decode(Uint8Array.of(code >> 8, code & 0xff)).codePointAt(0) ?? 0;
      if (point < 0xd800 || point > 0xf8ff) known.add(point);
    } catch {
      // No character has this code.
    }
  }
  return known;
};

const replacing = (has: (point: number) => boolean) => (text: string) =>
  /^[\0-\x7f]*$/.test(text) ? text : [...text].map((one) => (has(one.codePointAt(0) ?? 0) ? one : '?')).join('');

/** Counts bytes in both Chinese sets: GB 18030's two-byte characters are those of GBK. */
const inGb18030 = (text: string): string => `pg_catalog.octet_length(pg_catalog.convert_to(${text}, 'GB18030'))`;
const inUtf8 = (text: string): string => `pg_catalog.octet_length(${text})`;

/**
 * Returns a set by its name. UTF8 is CESU-8: characters above U+FFFF are returned as two halves,
 * which no client can read. Sets that are not named here hold ASCII only.
 */
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
