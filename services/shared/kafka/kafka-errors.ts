import { BridgeError, messageOf } from '../errors';

type KafkaError = {
  readonly name?: string;
  readonly type?: string;
  readonly message?: string;
  readonly cause?: unknown;
};

/** The broker will answer the same to the same records, however often they are sent. Names: Apache Kafka's error codes 2, 10, 18, 32, 43, 87. */
const REFUSALS = new Set([
  'CORRUPT_MESSAGE',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_TIMESTAMP',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'INVALID_RECORD',
]);

/** Somebody must act: no right, no login, a broker or a record that this client cannot speak with or read. */
const LASTING =
  /AUTHENTICATION|AUTHORIZATION|UNSUPPORTED|ILLEGAL_SASL|INCONSISTENT_GROUP_PROTOCOL|INVALID_(GROUP_ID|SESSION_TIMEOUT)|Authentication|DoesNotSupportApiKey|UnsupportedMagicByte|NotImplemented|PartialMessage|Invalid(VarInt|Long)|InvariantViolation/;

const causes = (error: unknown): readonly KafkaError[] => {
  const chain: KafkaError[] = [];
  for (let at = error as KafkaError | undefined; at && chain.length < 5; at = at.cause as KafkaError | undefined)
    chain.push(at);
  return chain;
};

/**
 * Any error of the Kafka client as a BridgeError: KAFKA_REJECTED (these records will never be taken) or KAFKA_UNAVAILABLE (retryable: everything
 * that time or an operator can mend, also missing rights and topics). A BridgeError comes back as it is.
 */
export const toKafkaError = (error: unknown): BridgeError => {
  if (error instanceof BridgeError) return error;
  const types = causes(error).flatMap(({ type }) => (type === undefined ? [] : [type]));
  const refusal = types.find((type) => REFUSALS.has(type));
  const text = `${messageOf(error)}${types.length > 0 ? ` [${types.join(', ')}]` : ''}`;
  return refusal === undefined
    ? new BridgeError('KAFKA_UNAVAILABLE', text, { retryable: true, cause: error })
    : new BridgeError('KAFKA_REJECTED', text, { cause: error });
};

/** True for an error of the Kafka client that may be gone when the same is tried later, with nobody acting. */
export const isMendedByTime = (error: unknown): boolean => {
  const chain = causes(error);
  return (
    chain.every(({ name = '', type = '' }) => !LASTING.test(`${name} ${type}`)) &&
    chain.some(({ name = '' }) => name.startsWith('KafkaJS'))
  );
};
