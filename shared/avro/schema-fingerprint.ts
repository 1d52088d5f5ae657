import type { Type } from 'avsc';

const EMPTY = 0xc15d213aa4d7a795n;

const table = Array.from({ length: 256 }, (_, index) => {
  let fingerprint = BigInt(index);
  for (let bit = 0; bit < 8; bit++) fingerprint = (fingerprint >> 1n) ^ (fingerprint & 1n ? EMPTY : 0n);
  return fingerprint;
});

/**
 * Returns the Parsing Canonical Form of a schema (Avro specification). Schemas with the same form
 * encode to the same bytes.
 */
export const toCanonicalForm = (type: Type): string => JSON.stringify(type.schema());

/**
 * Computes CRC-64-AVRO of a text as the Avro specification defines it. Too slow for the hot path;
 * meant for start-up.
 */
export const crc64Avro = (text: string): bigint => {
  let fingerprint = EMPTY;
  for (const byte of Buffer.from(text, 'utf8')) {
    fingerprint = (fingerprint >> 8n) ^ table[Number((fingerprint ^ BigInt(byte)) & 0xffn)]!;
  }
  return fingerprint;
};

/** Returns the fingerprint that names a schema in single-object encoding. */
export const toFingerprint = (type: Type): bigint => crc64Avro(toCanonicalForm(type));
