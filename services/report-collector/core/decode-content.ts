import { headerLength } from './part-header';

/**
 * MSG_FMT of CMPP and SMPP, and the encoding of the bytes; 16 is MAS's, 24 and 25 are UCS-2 with a message class. GBK is what gateways of mainland China
 * mean by 15.
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

/** @param whole false: a part, which may begin and end within a character; what is left of that becomes U+FFFD */
const decode = (bytes: Buffer, encoding: string, whole: boolean): string | undefined => {
  if (encoding === 'ascii') return bytes.every((byte) => byte < 0x80) ? bytes.toString('latin1') : undefined;
  if (encoding === 'latin1') return bytes.toString('latin1');
  try {
    const text = new TextDecoder(encoding, { fatal: whole }).decode(bytes);
    // what Node makes of bytes that GBK does not have, instead of failing
    return encoding.startsWith('gb') && PRIVATE_USE.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
};

/**
 * The text of an inbound message whose CONTENT is hexadecimal digits of the bytes that MSG_FMT says; undefined when it cannot be read that way, so that it
 * is kept as it came. A part's header is taken off.
 */
export const decodeContent = (content: string, msgFmt: string | null): string | undefined => {
  const digits = content.replace(/\s/g, '').replace(/^0x/i, '');
  const encoding = ENCODINGS[(msgFmt ?? '').trim().replace(/^0+(?=\d)/, '')];
  if (encoding === undefined || !HEX.test(digits)) return undefined;
  const bytes = Buffer.from(digits, 'hex');
  const header = headerLength(bytes);
  // U+0000 is no text to a database
  return decode(bytes.subarray(header), encoding, header === 0)?.replaceAll('\u0000', '');
};
