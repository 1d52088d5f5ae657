import { KAFKA_TLS_VARIABLES } from '../../config/kafka-variables';
import type { ErrorCode } from '../../error-codes';
import { BridgeError, messageOf } from '../../errors';
import { explainTls, toPlainReason } from '../../tls/explain-tls';

type KafkaError = {
  readonly name?: string;
  readonly type?: string;
  readonly code?: unknown;
  readonly message?: string;
  readonly cause?: unknown;
};

/**
 * The broker refuses these records however often they are sent. Apache Kafka's error codes 2, 10,
 * 18, 32, 43 and 87.
 */
const REFUSALS = new Set([
  'CORRUPT_MESSAGE',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_TIMESTAMP',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'INVALID_RECORD',
]);

/** Only an operator can end these: missing rights or login, an unsupported broker or record. */
const LASTING =
  /AUTHENTICATION|AUTHORIZATION|UNSUPPORTED|ILLEGAL_SASL|INCONSISTENT_GROUP_PROTOCOL|INVALID_(GROUP_ID|SESSION_TIMEOUT)|Authentication|DoesNotSupportApiKey|UnsupportedMagicByte|NotImplemented|PartialMessage|Invalid(VarInt|Long)|InvariantViolation/;

const causes = (error: unknown): readonly KafkaError[] => {
  const chain: KafkaError[] = [];
  for (
    let link = error as KafkaError | undefined;
    link && chain.length < 5;
    link = link.cause as KafkaError | undefined
  )
    chain.push(link);
  return chain;
};

type Refusal = { readonly code: ErrorCode; readonly text: string };

/** Refused logins and missing rights, by the texts of kafkajs and of Kafka. */
const LOGIN: readonly (readonly [RegExp, Refusal])[] = [
  [
    /UNSUPPORTED_SASL_MECHANISM|mechanism is not supported/,
    {
      code: 'KAFKA_SETTINGS',
      text: 'the broker does not offer this KAFKA_SASL_MECHANISM on this port; change it, or the port in KAFKA_BROKERS',
    },
  ],
  [
    /ILLEGAL_SASL_STATE|current SASL state/,
    {
      code: 'KAFKA_SETTINGS',
      text: 'the broker accepts no login on this port; unset KAFKA_SASL_…, or use another port in KAFKA_BROKERS',
    },
  ],
  [
    /SASL_AUTHENTICATION_FAILED|SASL \S+( \S+)? authentication failed|KafkaJSSASLAuthenticationError/,
    {
      code: 'KAFKA_LOGIN',
      text: 'user or password is wrong (KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD or KAFKA_SASL_PASSWORD_FILE, which are read when the process starts)',
    },
  ],
  [
    /(TOPIC|GROUP|CLUSTER|TRANSACTIONAL_ID)_AUTHORIZATION_FAILED/,
    {
      code: 'KAFKA_SETTINGS',
      text: 'this Kafka user lacks a right; deploy/kafka-acls.sh gives each service its rights on topics and its group',
    },
  ],
];

/** The broker closed the connection without a reason. */
const CLOSED = /^(Closed connection|Connection closed by the server)/;
const CLOSED_TEXT =
  'unless the broker is just stopping, it expects TLS (KAFKA_TLS) or a login (KAFKA_SASL_MECHANISM) on this port, or none of them';

/** kafkajs reports a refused login even when the connection only broke during the login. */
const BROKEN_OFF =
  /authentication failed: .*(Closed connection|Connection closed|timed out|disconnected|ECONN|EPIPE|socket)/i;

const brokeOff = ({ message = '' }: KafkaError): boolean => BROKEN_OFF.test(message);

type Explained = Refusal & { readonly lasting: boolean };

/** Explains an error as a wrong setting; undefined when it has another cause. Pure. */
export const explainKafka = ({ name = '', type = '', code = '', message = '' }: KafkaError): Explained | undefined => {
  const words = `${name} ${type} ${String(code)} ${message}`;
  if (BROKEN_OFF.test(message))
    return { code: 'KAFKA_UNAVAILABLE', text: 'the connection broke while logging in', lasting: false };
  const login = LOGIN.find(([pattern]) => pattern.test(words))?.[1];
  if (login !== undefined) return { ...login, lasting: true };
  const tls = explainTls(words, KAFKA_TLS_VARIABLES);
  if (tls !== undefined) return { ...tls, code: tls.lasting ? 'KAFKA_SETTINGS' : 'KAFKA_UNAVAILABLE' };
  return CLOSED.test(message) ? { code: 'KAFKA_UNAVAILABLE', text: CLOSED_TEXT, lasting: false } : undefined;
};

/**
 * Turns an error of the Kafka client into a BridgeError: KAFKA_REJECTED when these records will
 * never be accepted; else a retryable one: KAFKA_LOGIN, KAFKA_SETTINGS (TLS, SASL mechanism) or
 * KAFKA_UNAVAILABLE (all else, also missing rights and topics). A BridgeError is returned
 * unchanged.
 */
export const toKafkaError = (error: unknown): BridgeError => {
  if (error instanceof BridgeError) return error;
  const chain = causes(error);
  const types = chain.flatMap(({ type }) => (type === undefined ? [] : [type]));
  const refusal = types.find((type) => REFUSALS.has(type));
  const text = `${toPlainReason(messageOf(error))}${types.length > 0 ? ` [${[...new Set(types)].join(', ')}]` : ''}`;
  if (refusal !== undefined) return new BridgeError('KAFKA_REJECTED', text, { cause: error });
  const explained = chain.map(explainKafka).find(Boolean);
  return new BridgeError(
    explained?.code ?? 'KAFKA_UNAVAILABLE',
    explained === undefined ? text : `${text}: ${explained.text}`,
    { retryable: true, cause: error },
  );
};

/** True for an error of the Kafka client that may pass without an operator's help. */
export const isTransientError = (error: unknown): boolean => {
  const chain = causes(error);
  return (
    chain.every(
      (cause) => brokeOff(cause) || (!LASTING.test(`${cause.name} ${cause.type}`) && !explainKafka(cause)?.lasting),
    ) && chain.some(({ name = '' }) => name.startsWith('KafkaJS'))
  );
};
