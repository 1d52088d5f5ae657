import type { Result } from '../result';
import { failed, ok } from '../result';
import type { DecodeProblem } from './codec-port';

/** The schema that a value names, and the offset at which its datum begins. */
export type Frame =
  | { readonly kind: 'single-object'; readonly fingerprint: bigint; readonly start: number }
  | { readonly kind: 'registry'; readonly schemaId: number; readonly start: number };

const SINGLE_OBJECT_HEADER = 10;
const REGISTRY_HEADER = 5;

/**
 * Returns the header of Avro single-object encoding: C3 01, then the fingerprint, little-endian
 * (Avro specification, "Single-object encoding").
 */
export const toSingleObjectHeader = (fingerprint: bigint): Buffer => {
  const header = Buffer.alloc(SINGLE_OBJECT_HEADER);
  header[0] = 0xc3;
  header[1] = 0x01;
  header.writeBigUInt64LE(fingerprint, 2);
  return header;
};

/** Returns the header of the Confluent wire format: 00, then the registry's id, big-endian. */
export const toRegistryHeader = (schemaId: number): Buffer => {
  const header = Buffer.alloc(REGISTRY_HEADER);
  header.writeUInt32BE(schemaId, 1);
  return header;
};

/** Returns the registry id that a value names, or undefined for any other framing. */
export const toRegistryId = (value: Buffer): number | undefined =>
  value[0] === 0x00 && value.length >= REGISTRY_HEADER ? value.readUInt32BE(1) : undefined;

const looksLikeJson = (value: Buffer): boolean =>
  /^(\xef\xbb\xbf)?[ \t\r\n]*[{["]/.test(value.toString('latin1', 0, 64));

const unframed = (value: Buffer): DecodeProblem => {
  if (looksLikeJson(value)) {
    return {
      reason: 'JSON_NOT_AVRO',
      message: 'the value looks like JSON; publish Avro: single-object encoding (C3 01) or Confluent wire format (00)',
    };
  }
  const first = value[0]!.toString(16).padStart(2, '0');
  return {
    reason: 'UNKNOWN_FRAMING',
    message: `the value begins with byte ${first}, not with C3 01 (Avro single-object encoding) or 00 (Confluent wire format)`,
  };
};

const tooShort = (length: number): DecodeProblem => ({
  reason: 'MALFORMED',
  message: `the value ends within the schema header, after ${length} bytes`,
});

/**
 * Reads the framing of a non-empty value. Returns UNKNOWN_FRAMING, JSON_NOT_AVRO or MALFORMED when
 * there is none.
 */
export const parseFrame = (value: Buffer): Result<Frame, DecodeProblem> => {
  if (value[0] === 0xc3 && value[1] === 0x01) {
    if (value.length < SINGLE_OBJECT_HEADER) return failed(tooShort(value.length));
    return ok({ kind: 'single-object', fingerprint: value.readBigUInt64LE(2), start: SINGLE_OBJECT_HEADER });
  }
  if (value[0] === 0x00) {
    const schemaId = toRegistryId(value);
    if (schemaId === undefined) return failed(tooShort(value.length));
    return ok({ kind: 'registry', schemaId, start: REGISTRY_HEADER });
  }
  return failed(unframed(value));
};
