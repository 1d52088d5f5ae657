import { gzipSync } from 'node:zlib';
import { toVarint } from './record-batches';

const MEGABYTE = 1_048_576;
const LARGEST_BLOCK = 131_072;

/** Returns zeros as Zstandard: blocks of four bytes that repeat a byte 131,072 times. */
export const zstdZeros = (length: number): Buffer => {
  const blocks = Math.ceil(length / LARGEST_BLOCK);
  const bytes = Buffer.alloc(6 + 4 * blocks);
  bytes.writeUInt32LE(0xfd2fb528, 0);
  bytes[5] = 0x58; // window of 2 MB
  for (let i = 0; i < blocks; i += 1) {
    const size = Math.min(LARGEST_BLOCK, length - i * LARGEST_BLOCK);
    bytes.writeUIntLE((size << 3) | (1 << 1) | (i === blocks - 1 ? 1 : 0), 6 + 4 * i, 3);
  }
  return bytes;
};

/**
 * Returns the same as gzip, in members of a megabyte, so that the zeros are never in memory as a
 * whole.
 */
export const gzipZeros = (length: number): Buffer => {
  const member = gzipSync(Buffer.alloc(MEGABYTE), { level: 9 });
  const whole = Math.floor(length / MEGABYTE);
  return Buffer.concat([
    ...new Array<Buffer>(whole).fill(member),
    gzipSync(Buffer.alloc(length % MEGABYTE), { level: 9 }),
  ]);
};

/** Returns the bytes before and after the value of a record without key and headers. */
export const aroundValue = (length: number, offsetDelta = 0): readonly [Buffer, Buffer] => {
  const fields = Buffer.concat([Buffer.from([0, 0]), toVarint(offsetDelta), toVarint(-1), toVarint(length)]);
  return [Buffer.concat([toVarint(fields.length + length + 1), fields]), Buffer.from([0])];
};
