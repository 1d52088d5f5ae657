import { append, BadCompression, createOutput, type Output, repeat, written } from './inflated-output';

/**
 * LZ4 frames (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md, 1.6.4) and blocks
 * (lz4_Block_format.md in the same directory). Hand-written, because the libraries for Node inflate
 * without a bound, and the one used before failed on block checksums. Checksums are skipped:
 * Kafka's own covers the compressed bytes, and early Kafka clients computed the header's checksum
 * over the wrong bytes.
 */
const MAGIC = 0x184d2204;
const SKIPPABLE = 0x184d2a50;
const UNCOMPRESSED = 0x80000000;
const SHORTEST_MATCH = 4;

const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const DICTIONARY = 0x01;

const early = (): BadCompression => new BadCompression('it ends early');

/** Reads a length. 15 in the token continues in further bytes, until one is not 255. */
const readLength = (bytes: Buffer, cursor: { pos: number }, end: number, inToken: number): number => {
  let length = inToken;
  if (inToken < 15) return length;
  for (let byte = 255; byte === 255; length += byte) {
    if (cursor.pos >= end) throw early();
    byte = bytes[cursor.pos++] as number;
  }
  return length;
};

const inflateBlock = (bytes: Buffer, start: number, end: number, out: Output): void => {
  const cursor = { pos: start };
  while (cursor.pos < end) {
    const token = bytes[cursor.pos++] as number;
    const literals = readLength(bytes, cursor, end, token >> 4);
    if (cursor.pos + literals > end) throw early();
    append(out, bytes, cursor.pos, literals);
    cursor.pos += literals;
    if (cursor.pos === end) return;
    if (cursor.pos + 2 > end) throw early();
    const distance = bytes.readUInt16LE(cursor.pos);
    cursor.pos += 2;
    repeat(out, distance, SHORTEST_MATCH + readLength(bytes, cursor, end, token & 15));
  }
};

/** Reads one frame after its magic number. Returns the start of the next frame. */
const inflateFrame = (bytes: Buffer, start: number, out: Output): number => {
  const flags = bytes.readUInt8(start);
  if (flags >> 6 !== 1) throw new BadCompression(`version ${flags >> 6} of LZ4 frames is not known`);
  if (flags & DICTIONARY) throw new BadCompression('it needs a dictionary');
  let pos = start + 2 + (flags & CONTENT_SIZE ? 8 : 0) + 1;
  for (;;) {
    const size = bytes.readUInt32LE(pos);
    pos += 4;
    if (size === 0) break;
    const length = size & ~UNCOMPRESSED;
    if (pos + length > bytes.length) throw early();
    if (size & UNCOMPRESSED) append(out, bytes, pos, length);
    else inflateBlock(bytes, pos, pos + length, out);
    pos += length + (flags & BLOCK_CHECKSUM ? 4 : 0);
  }
  return pos + (flags & CONTENT_CHECKSUM ? 4 : 0);
};

/**
 * Inflates one or more LZ4 frames to at most `max` bytes.
 * @throws BadCompression; RangeError when a frame ends early
 */
export const decompressLz4 = (bytes: Buffer, max: number): Buffer => {
  const out = createOutput(4 * bytes.length, max);
  for (let pos = 0; pos < bytes.length; ) {
    const magic = bytes.readUInt32LE(pos);
    if (magic === MAGIC) pos = inflateFrame(bytes, pos + 4, out);
    else if ((magic & ~0xf) >>> 0 === SKIPPABLE) pos += 8 + bytes.readUInt32LE(pos + 4);
    else throw new BadCompression('it does not begin like an LZ4 frame');
    if (pos > bytes.length) throw early();
  }
  return written(out);
};
