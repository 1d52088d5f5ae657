import { BridgeError, messageOf } from '../errors';

const codeOf = (error: unknown): string => {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
};

/**
 * What to do about an error, by its code and message; the first match wins. For a reader who sees
 * only this line, in the log of a service or on the command line.
 */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /^CONFIG_INVALID/,
    'Set the variables; on the command line, or use --kafka, --database, --registry and --topic-prefix (sms-bridge --help).',
  ],
  [/^DB_UNAVAILABLE/, 'Is the database running, and is its address right (DATABASE_URL or --database)?'],
  [
    /AUTHORIZATION_FAILED/,
    'An administrator of Kafka gives the missing right: deploy/kafka-acls.sh has those of each service.',
  ],
  [/^(DB|KAFKA)_(LOGIN|SETTINGS)/, 'How these settings belong together: docs/operate/tls.md.'],
  [
    /^DB_DENIED/,
    'This database account may not do that: use the owner of the tables or an administrator. For the account of a service, `sms-bridge doctor`, as that owner, prints the GRANT of each missing right.',
  ],
  [/^DB_FULL/, 'A tablespace or a quota is full: run `sms-bridge doctor` as the owner of the tables.'],
  [
    /^DB_SCHEMA/,
    'The tables are not as expected, or this account may not see them: `sms-bridge migrate --status`, as their owner, lists the missing migrations.',
  ],
  [
    /^KAFKA_UNAVAILABLE/,
    'Is Kafka running, is its address right (KAFKA_BROKERS or --kafka), and do TLS and SASL settings fit (KAFKA_TLS, KAFKA_SASL_…)?',
  ],
  [/^TOPIC_MISSING/, 'Create the topics with `sms-bridge topics create`, or check TOPIC_PREFIX or --topic-prefix.'],
  [/^REGISTRY_/, 'Check SCHEMA_REGISTRY_URL (or --registry) and SCHEMA_REGISTRY_AUTH.'],
  [/^EADDRINUSE/, 'Another process uses this port: set HEALTH_PORT, or HTTP_PORT of the producer, to a free one.'],
];

const wordsOf = (error: unknown): string => `${codeOf(error)} ${messageOf(error)}`;

/** Returns the advice for an error, if there is any. Pure. */
export const adviceByCode = (error: unknown): string | undefined => {
  const words = wordsOf(error);
  return ADVICE.find(([pattern]) => pattern.test(words))?.[1];
};

/** Retried, because an administrator may correct the server, but none passes without one. */
const PERSON = /^((DB|KAFKA)_(LOGIN|SETTINGS|DENIED)|TOPIC_MISSING)/;

/** Returns true when a person must act, false when the error may pass without help. Pure. */
export const needsPerson = (error: unknown): boolean =>
  !(error instanceof BridgeError && error.retryable) || PERSON.test(wordsOf(error));
