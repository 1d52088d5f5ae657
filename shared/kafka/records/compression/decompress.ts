import { unzipSync } from 'node:zlib';
import { decompressLz4 } from './decompress-lz4';
import { decompressSnappy } from './decompress-snappy';
import { decompressZstd } from './decompress-zstd';
import { BadCompression, tooLarge } from './inflated-output';

/**
 * Inflates gzip (RFC 1952) with one or several members. Zeros may follow them; other trailing bytes
 * are refused.
 */
const decompressGzip = (bytes: Buffer, max: number): Buffer => {
  try {
    return unzipSync(bytes, { maxOutputLength: max });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(max);
    throw error;
  }
};

/** Indexed by the compression number in a batch's attributes. */
const FORMATS = [(bytes: Buffer) => bytes, decompressGzip, decompressSnappy, decompressLz4, decompressZstd];

/**
 * Inflates bytes. Stops as soon as the result exceeds `max` bytes, because a few kilobytes can
 * claim gigabytes.
 * @param format 0 none, 1 gzip, 2 snappy, 3 LZ4, 4 Zstandard
 * @throws Error with the reason, without any of the content
 */
export const decompress = (format: number, bytes: Buffer, max: number): Buffer => {
  const inflate = FORMATS[format];
  if (inflate === undefined) throw new BadCompression(`Kafka has no compression ${format}`);
  return inflate(bytes, max);
};
