import { headerLength } from './segment-header';

/**
 * The encoding of each MSG_FMT of CMPP and SMPP. 16 comes from MAS. 24 and 25 are UCS-2 with a
 * message class. Gateways of mainland China mean GBK by 15.
 */
const ENCODINGS: Readonly<Record<string, string>> = {
  '0': 'ascii',
  '3': 'latin1',
  '8': 'utf-16be',
  '15': 'gbk',
  '16': 'gb18030',
  '24': 'utf-16be',
  '25': 'utf-16be',
};

const PRIVATE_USE = /[\uE000-\uF8FF]/;

const HEX = /^(?:[0-9A-Fa-f]{2})*$/;

/**
 * Decodes bytes; returns undefined if they are not text in that encoding.
 * @param whole false for a segment, which may begin and end within a character: the rest of that
 *   character becomes U+FFFD
 */
const decode = (bytes: Buffer, encoding: string, whole: boolean): string | undefined => {
  if (encoding === 'ascii') return bytes.every((byte) => byte < 0x80) ? bytes.toString('latin1') : undefined;
  if (encoding === 'latin1') return bytes.toString('latin1');
  try {
    const text = new TextDecoder(encoding, { fatal: whole }).decode(bytes);
    // Node decodes bytes that GBK does not define to private-use characters, and does not fail.
    return encoding.startsWith('gb') && PRIVATE_USE.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
};

/**
 * Returns the text of a received message whose CONTENT is the hexadecimal digits of bytes in the
 * encoding of MSG_FMT. Removes the header of a segment. Returns undefined if the content cannot be
 * read that way; the caller then keeps it as it came.
 */
export const decodeContent = (content: string, msgFmt: string | null): string | undefined => {
  const digits = content.replace(/\s/g, '').replace(/^0x/i, '');
  const encoding = ENCODINGS[(msgFmt ?? '').trim().replace(/^0+(?=\d)/, '')];
  if (encoding === undefined || !HEX.test(digits)) return undefined;
  const bytes = Buffer.from(digits, 'hex');
  const header = headerLength(bytes);
  // A database does not take U+0000 in a text.
  return decode(bytes.subarray(header), encoding, header === 0)?.replaceAll('\u0000', '');
};
