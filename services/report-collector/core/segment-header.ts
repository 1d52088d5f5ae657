/**
 * Information elements of a user data header (3GPP TS 23.040, 9.2.3.24) for concatenated messages,
 * with a reference number of one byte or of two.
 */
const ONE_BYTE = { element: 0x00, size: 3 } as const;
const TWO_BYTES = { element: 0x08, size: 4 } as const;

/**
 * Returns the length in bytes of the header in front of a segment's text: a length byte, then
 * elements of kind, size and value that fill it. Returns 0 if there is no header; no text begins
 * with such bytes.
 */
export const headerLength = (bytes: Uint8Array): number => {
  const end = (bytes[0] ?? 0) + 1;
  if (end >= bytes.length) return 0;
  let ofPart = false;
  let offset = 1;
  while (offset < end) {
    const [element, size] = [bytes[offset], bytes[offset + 1] ?? 0];
    if (
      (element === ONE_BYTE.element && size === ONE_BYTE.size) ||
      (element === TWO_BYTES.element && size === TWO_BYTES.size)
    ) {
      const [segments, segment] = [bytes[offset + size] ?? 0, bytes[offset + size + 1] ?? 0];
      ofPart = segment >= 1 && segment <= segments;
    }
    offset += 2 + size;
  }
  return ofPart && offset === end ? end : 0;
};

/** First characters of texts that could have a header. Nearly every text ends at this test. */
const BEGINS = '\u0005\u0006\u000b\u000c\u0500\u0608\u0b00\u0b05\u0c05\u0c08';

const unitsAsBytes = (text: string): Uint8Array =>
  Uint8Array.from(text.slice(0, 16), (character) => character.charCodeAt(0));

const unitsAsPairs = (text: string): Buffer => Buffer.from(text.slice(0, 16), 'utf16le').swap16();

/**
 * Removes the header that a gateway left in front of a text when it decoded a segment. Each
 * character holds one byte of the header, or two if the header has an even number of bytes. A
 * database that takes no U+0000 has dropped those bytes from it.
 */
export const stripHeader = (text: string): string => {
  if (!BEGINS.includes(text.charAt(0))) return text;
  const single = text.charCodeAt(0) < 0x20;
  const length = single ? headerLength(unitsAsBytes(text)) : headerLength(unitsAsPairs(text)) / 2;
  if (length > 0 && Number.isInteger(length)) return text.slice(length);
  // The element's byte 0 was dropped, so five remain: length, size, reference, segments, segment.
  const [first, size, , segments = 0, segment = 0] = unitsAsBytes(text);
  return single && first === 5 && size === ONE_BYTE.size && segment >= 1 && segment <= segments ? text.slice(5) : text;
};
