import type { Result } from '../result';

/**
 * Why bytes are not a record. `reason` is stable (it is a dead-letter header). `message` is for
 * people and never holds content.
 */
export type DecodeProblem = {
  readonly reason:
    | 'EMPTY'
    | 'TOO_LARGE'
    | 'JSON_NOT_AVRO'
    | 'UNKNOWN_FRAMING'
    /**
     * The fingerprint or registry id is unknown: the publisher uses a schema that was never
     * released or registered.
     */
    | 'UNKNOWN_SCHEMA'
    /** The schema is known, but describes another record or an incompatible version. */
    | 'INCOMPATIBLE_SCHEMA'
    | 'MALFORMED'
    /** The stored batch that the record stands for cannot be decompressed or parsed. */
    | 'BATCH_UNREADABLE';
  readonly message: string;
};

/** Turns one record type into framed Avro bytes and back. */
export type Codec<T> = {
  /**
   * Encodes to framed bytes that the caller owns and may keep. Lone surrogates, which UTF-8 cannot
   * carry, become U+FFFD.
   * @throws BridgeError ENCODE_FAILED, naming the field
   */
  readonly encode: (record: T) => Buffer;
  /**
   * Fetches the schemas that these values name and that are not known yet. Resolves at once when
   * none is missing.
   * @throws BridgeError REGISTRY_UNAVAILABLE (retryable): the values are not at fault, try them
   * later
   * @throws BridgeError REGISTRY_DENIED, REGISTRY_REFUSED: the settings are wrong; judge no value
   * until they are right
   */
  readonly prefetchSchemas: (values: Iterable<Buffer | null>) => Promise<void>;
  /** Returns false while `decode` would need a schema that was not requested yet. Never waits. */
  readonly isKnown: (value: Buffer | null) => boolean;
  /** Returns the record, or why the bytes are not one. Never throws. */
  readonly decode: (value: Buffer | null) => Result<T, DecodeProblem>;
};
