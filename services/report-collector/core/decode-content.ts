/** MSG_FMT of CMPP and SMPP, and the encoding of the bytes. GBK is what gateways of mainland China mean by 15. */
const ENCODINGS: Readonly<Record<string, string>> = { '0': 'ascii', '3': 'latin1', '8': 'utf-16be', '15': 'gbk' };

const PRIVATE_USE = /[\uE000-\uF8FF]/;

const HEX = /^(?:[0-9A-Fa-f]{2})*$/;

/** The bytes of a user data header: its length comes first. Known are those of a part with a reference of one byte (00 03) or two (08 04). */
const headerLength = (bytes: Buffer): number => {
  const [length, element, size] = bytes;
  if (length === 5 && element === 0x00 && size === 0x03 && bytes.length > 6) return 6;
  return length === 6 && element === 0x08 && size === 0x04 && bytes.length > 7 ? 7 : 0;
};

const decode = (bytes: Buffer, encoding: string): string | undefined => {
  if (encoding === 'ascii') return bytes.every((byte) => byte < 0x80) ? bytes.toString('latin1') : undefined;
  if (encoding === 'latin1') return bytes.toString('latin1');
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    // what Node makes of bytes that GBK does not have, instead of failing
    return encoding === 'gbk' && PRIVATE_USE.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
};

/**
 * The text of an inbound message whose CONTENT is hexadecimal digits of the bytes that MSG_FMT says; undefined when it cannot be read that way, so that it
 * is kept as it came. A part's header is taken off.
 */
export const decodeContent = (content: string, msgFmt: string | null): string | undefined => {
  const digits = content.trim();
  const encoding = ENCODINGS[(msgFmt ?? '').trim()];
  if (encoding === undefined || !HEX.test(digits)) return undefined;
  const bytes = Buffer.from(digits, 'hex');
  // U+0000 is no text to a database
  return decode(bytes.subarray(headerLength(bytes)), encoding)?.replaceAll('\u0000', '');
};
