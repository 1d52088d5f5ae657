import type { Result } from '../result';

/** Why bytes are not a record. `reason` is stable (dead-letter header), `message` is for people and never holds content. */
export type DecodeProblem = {
  readonly reason: 'EMPTY' | 'TOO_LARGE' | 'JSON_NOT_AVRO' | 'UNKNOWN_FRAMING' | 'UNKNOWN_SCHEMA' | 'MALFORMED';
  readonly message: string;
};

/** Turns one record type into framed Avro bytes and back. */
export type Codec<T> = {
  /** Framed bytes that the caller owns (safe to keep until Kafka acknowledged them). Throws BridgeError ENCODE_FAILED naming the field. */
  readonly encode: (record: T) => Buffer;
  /** Fetches the schemas that these values name and that are not known yet; resolves at once when there is nothing to fetch. */
  readonly learn: (values: Iterable<Buffer | null>) => Promise<void>;
  readonly decode: (value: Buffer | null) => Result<T, DecodeProblem>;
};
