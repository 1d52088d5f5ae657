/** Elements of a user data header (3GPP TS 23.040, 9.2.3.24) that say which part a message is, with a reference of one byte or of two. */
const ONE_BYTE = { element: 0x00, size: 3 } as const;
const TWO_BYTES = { element: 0x08, size: 4 } as const;

/**
 * The bytes of the header of a part, which stand in front of its text: a length, then elements of kind, size and value that fill it. 0 when there is none:
 * no text begins so.
 */
export const headerLength = (bytes: Uint8Array): number => {
  const end = (bytes[0] ?? 0) + 1;
  if (end >= bytes.length) return 0;
  let ofPart = false;
  let at = 1;
  while (at < end) {
    const [element, size] = [bytes[at], bytes[at + 1] ?? 0];
    if (
      (element === ONE_BYTE.element && size === ONE_BYTE.size) ||
      (element === TWO_BYTES.element && size === TWO_BYTES.size)
    ) {
      const [parts, part] = [bytes[at + size] ?? 0, bytes[at + size + 1] ?? 0];
      ofPart = part >= 1 && part <= parts;
    }
    at += 2 + size;
  }
  return ofPart && at === end ? end : 0;
};

/** The first characters of texts that could have a header; for nearly every text there is nothing more to do. */
const BEGINS = '\u0005\u0006\u000b\u000c\u0500\u0608\u0b00\u0b05\u0c05\u0c08';

const unitsAsBytes = (text: string): Uint8Array =>
  Uint8Array.from(text.slice(0, 16), (character) => character.charCodeAt(0));

const unitsAsPairs = (text: string): Buffer => Buffer.from(text.slice(0, 16), 'utf16le').swap16();

/**
 * A text without the header that a gateway left in front of it when it decoded a part: its bytes are one character each, or two together (then it has an even
 * number of them). A database that takes no U+0000 has lost those among them.
 */
export const withoutHeader = (text: string): string => {
  if (!BEGINS.includes(text.charAt(0))) return text;
  const single = text.charCodeAt(0) < 0x20;
  const length = single ? headerLength(unitsAsBytes(text)) : headerLength(unitsAsPairs(text)) / 2;
  if (length > 0 && Number.isInteger(length)) return text.slice(length);
  // the element's 0 is gone: length, size, reference, parts, part
  const [first, size, , parts = 0, part = 0] = unitsAsBytes(text);
  return single && first === 5 && size === ONE_BYTE.size && part >= 1 && part <= parts ? text.slice(5) : text;
};
