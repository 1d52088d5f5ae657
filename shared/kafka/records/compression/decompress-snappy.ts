import { append, BadCompression, createOutput, type Output, repeat, tooLarge, written } from './inflated-output';

/**
 * Snappy (https://github.com/google/snappy/blob/main/format_description.txt), bare or in the
 * framing of Java's snappy streams (xerial). Hand-written, because the libraries for Node allocate
 * any length that the bytes claim.
 */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** The magic, a version, and the oldest version that can read it. */
const XERIAL_HEADER = 16;

const early = (): BadCompression => new BadCompression('it ends early');

const readClaimedLength = (bytes: Buffer, cursor: { pos: number }): number => {
  let length = 0;
  for (let shift = 0; shift <= 28; shift += 7) {
    const byte = bytes[cursor.pos++];
    if (byte === undefined) throw early();
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return length;
  }
  throw new BadCompression('its length is not a number');
};

const readLittleEndian = (bytes: Buffer, cursor: { pos: number }, width: number): number => {
  if (cursor.pos + width > bytes.length) throw early();
  const value = width === 0 ? 0 : bytes.readUIntLE(cursor.pos, width);
  cursor.pos += width;
  return value;
};

const inflateElement = (bytes: Buffer, cursor: { pos: number }, out: Output): void => {
  const tag = bytes[cursor.pos++] as number;
  const kind = tag & 3;
  const high = tag >> 2;
  if (kind === 0) {
    const length = 1 + (high < 60 ? high : readLittleEndian(bytes, cursor, high - 59));
    append(out, bytes, cursor.pos, length);
    cursor.pos += length;
  } else if (kind === 1) {
    const distance = ((tag >> 5) << 8) | readLittleEndian(bytes, cursor, 1);
    repeat(out, distance, 4 + (high & 7));
  } else {
    repeat(out, readLittleEndian(bytes, cursor, kind === 2 ? 2 : 4), 1 + high);
  }
};

const inflateBare = (bytes: Buffer, max: number): Buffer => {
  const cursor = { pos: 0 };
  const length = readClaimedLength(bytes, cursor);
  if (length > max) throw tooLarge(max);
  // The densest element writes 64 bytes for 3, so a larger claim is false: do not allocate memory
  // for it.
  if (length > 22 * bytes.length) throw early();
  const out = createOutput(length, length);
  while (cursor.pos < bytes.length) inflateElement(bytes, cursor, out);
  if (out.length !== length) throw early();
  return written(out);
};

const inflateXerial = (bytes: Buffer, max: number): Buffer => {
  const chunks: Buffer[] = [];
  let total = 0;
  for (let pos = 0; pos < bytes.length; ) {
    if (bytes.subarray(pos, pos + XERIAL.length).equals(XERIAL)) {
      pos += XERIAL_HEADER;
      continue;
    }
    const end = pos + 4 + bytes.readUInt32BE(pos);
    if (end > bytes.length) throw early();
    const chunk = inflateBare(bytes.subarray(pos + 4, end), max - total);
    total += chunk.length;
    chunks.push(chunk);
    pos = end;
  }
  return Buffer.concat(chunks, total);
};

/**
 * Inflates snappy, bare or framed, to at most `max` bytes.
 * @throws BadCompression; RangeError when the input ends early
 */
export const decompressSnappy = (bytes: Buffer, max: number): Buffer =>
  bytes.subarray(0, XERIAL.length).equals(XERIAL) ? inflateXerial(bytes, max) : inflateBare(bytes, max);
