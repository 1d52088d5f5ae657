import type { Result } from '../result';

/** Why bytes are not a record. `reason` is stable (dead-letter header), `message` is for people and never holds content. */
export type DecodeProblem = {
  readonly reason:
    | 'EMPTY'
    | 'TOO_LARGE'
    | 'JSON_NOT_AVRO'
    | 'UNKNOWN_FRAMING'
    /** Nobody knows the fingerprint or registry id: the publisher uses a schema that was never released or registered. */
    | 'UNKNOWN_SCHEMA'
    /** The schema is known but does not describe this topic's record, or not compatibly. */
    | 'INCOMPATIBLE_SCHEMA'
    | 'MALFORMED'
    /** The stored batch that the record stands for cannot be decompressed or parsed. */
    | 'BATCH_UNREADABLE';
  readonly message: string;
};

/** Turns one record type into framed Avro bytes and back. */
export type Codec<T> = {
  /**
   * Framed bytes that the caller owns (safe to keep until Kafka acknowledged them). Lone surrogates, which UTF-8 cannot
   * carry, become U+FFFD. Throws BridgeError ENCODE_FAILED naming the field.
   */
  readonly encode: (record: T) => Buffer;
  /**
   * Fetches the schemas that these values name and that are not known yet; resolves at once when there is nothing to
   * fetch. Rejects with BridgeError REGISTRY_UNAVAILABLE (retryable): the values are not at fault, try them again later;
   * or REGISTRY_DENIED, REGISTRY_REFUSED: the settings are wrong, and no value must be judged until they are right.
   */
  readonly learn: (values: Iterable<Buffer | null>) => Promise<void>;
  /** False while `decode` would need a schema that was not asked for yet. Never waits. */
  readonly isKnown: (value: Buffer | null) => boolean;
  /** The record, or why the bytes are none. Never throws, whatever the bytes are. */
  readonly decode: (value: Buffer | null) => Result<T, DecodeProblem>;
};
