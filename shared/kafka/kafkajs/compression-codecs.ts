import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import { decompress } from '../records/compression/decompress';

/** Most bytes of a decompressed batch; the largest useful record has 64 kB. */
export const INFLATED_MAX_BYTES = 16 * 1024 * 1024;

const refuse = () => Promise.reject(new Error('sms-bridge publishes uncompressed'));

const codec =
  (type: CompressionTypes, compress: (encoder: { buffer: Buffer }) => Promise<Buffer> = refuse) =>
  () => ({
    compress,
    decompress: async (bytes: Buffer) => decompress(type, bytes, INFLATED_MAX_BYTES),
  });

/**
 * Registers bounded codecs with kafkajs, which knows only gzip, unbounded. It still decodes formats
 * 0 and 1 (before Kafka 0.11), and the records of consumers outside this folder. Idempotent.
 */
export const registerCompressionCodecs = (): void => {
  CompressionCodecs[CompressionTypes.GZIP] = codec(CompressionTypes.GZIP, ({ buffer }) => promisify(gzip)(buffer));
  CompressionCodecs[CompressionTypes.Snappy] = codec(CompressionTypes.Snappy);
  CompressionCodecs[CompressionTypes.LZ4] = codec(CompressionTypes.LZ4);
  CompressionCodecs[CompressionTypes.ZSTD] = codec(CompressionTypes.ZSTD);
};
