import { decompress as decompressZstd } from 'fzstd';
import { CompressionCodecs, CompressionTypes } from 'kafkajs';

const lz4 = require('lz4js') as { decompress: (bytes: Uint8Array) => Uint8Array };
const snappy = require('snappyjs') as { uncompress: (bytes: Buffer) => Buffer };

/** Magic of the framing that Java's snappy streams write (xerial): header of 16 bytes, then chunks with their length in 4 bytes. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER = 16;

const uncompressSnappy = (bytes: Buffer): Buffer => {
  if (!bytes.subarray(0, XERIAL.length).equals(XERIAL)) return snappy.uncompress(bytes);
  const chunks: Buffer[] = [];
  for (let at = XERIAL_HEADER; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    chunks.push(snappy.uncompress(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return Buffer.concat(chunks);
};

const readOnly = (decompress: (bytes: Buffer) => Uint8Array) => () => ({
  compress: () => Promise.reject(new Error('sms-bridge publishes uncompressed')),
  decompress: async (bytes: Buffer) => Buffer.from(decompress(bytes)),
});

/** kafkajs reads only gzip by itself, and a batch in another team's compression would stop the consumer for good: these read the other three. Idempotent. */
export const registerCompressionCodecs = (): void => {
  CompressionCodecs[CompressionTypes.Snappy] = readOnly(uncompressSnappy);
  CompressionCodecs[CompressionTypes.LZ4] = readOnly((bytes) => lz4.decompress(bytes));
  CompressionCodecs[CompressionTypes.ZSTD] = readOnly((bytes) => decompressZstd(bytes));
};
