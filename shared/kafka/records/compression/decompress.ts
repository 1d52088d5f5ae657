import { unzipSync } from 'node:zlib';
import { decompressLz4 } from './decompress-lz4';
import { decompressSnappy } from './decompress-snappy';
import { decompressZstd } from './decompress-zstd';
import { BadCompression, tooLarge } from './inflated-output';

/** Reads gzip (RFC 1952) of one or several members, with zeros behind them; anything else behind them is refused. */
export const decompressGzip = (bytes: Buffer, max: number): Buffer => {
  try {
    return unzipSync(bytes, { maxOutputLength: max });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(max);
    throw error;
  }
};

/** By the number that a batch's attributes give its compression. */
const FORMATS = [(bytes: Buffer) => bytes, decompressGzip, decompressSnappy, decompressLz4, decompressZstd];

/**
 * What the bytes hold when they are inflated. Stops as soon as that is more than `max` bytes: a few kilobytes can claim gigabytes.
 * @param format 0 none, 1 gzip, 2 snappy, 3 LZ4, 4 Zstandard
 * @throws an Error that says why not, without any of the content
 */
export const decompress = (format: number, bytes: Buffer, max: number): Buffer => {
  const inflate = FORMATS[format];
  if (inflate === undefined) throw new BadCompression(`compression ${format} is none that Kafka has`);
  return inflate(bytes, max);
};
