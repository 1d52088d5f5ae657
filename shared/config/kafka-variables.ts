import { BridgeError } from '../errors';
import type { TlsVariables } from '../tls/explain-tls';
import { readTls } from '../tls/read-pem';
import { findBrokerProblem, findHttpProblem } from './address-problems';
import type { ConfigOf } from './define-config';
import { type ConfigCheck, flag, integer, list, oneOf, optional, refined, text } from './define-config';

/** Variables of every process that uses Kafka. */
export const kafkaVariables = {
  KAFKA_BROKERS: refined(
    list({ doc: 'Bootstrap brokers, host:port, comma-separated.', default: '127.0.0.1:9092' }),
    findBrokerProblem,
  ),
  TOPIC_PREFIX: optional(
    text({
      doc: 'Put before every topic and consumer group name, e.g. "test." for a second environment on one cluster.',
    }),
  ),
  KAFKA_TLS: flag({ doc: 'Encrypt the connections to Kafka.', default: 'false' }),
  KAFKA_TLS_CA_FILE: optional(
    text({ doc: 'PEM file with the certificate authority of the brokers; unset: those that Node.js trusts.' }),
  ),
  KAFKA_TLS_CERT_FILE: optional(
    text({ doc: 'PEM file with the client certificate (mutual TLS), and those between it and its authority.' }),
  ),
  KAFKA_TLS_KEY_FILE: optional(text({ doc: 'PEM file with the key of the client certificate, without a passphrase.' })),
  KAFKA_SASL_MECHANISM: optional(
    oneOf(['plain', 'scram-sha-256', 'scram-sha-512'], { doc: 'Kind of login to Kafka; unset: no login.' }),
  ),
  KAFKA_SASL_USERNAME: optional(text({ doc: 'User for SASL.' })),
  KAFKA_SASL_PASSWORD: optional(text({ doc: 'Password for SASL.', secret: true })),
  KAFKA_SESSION_TIMEOUT_MS: integer({
    doc: 'The other members replace a member that is silent for this time. Not below 30000: a long pause must not look like a death.',
    default: '30000',
    min: 6000,
    max: 300000,
  }),
  SCHEMA_REGISTRY_URL: optional(
    refined(
      text({ doc: 'Confluent-compatible schema registry; unset: Avro single-object encoding.' }),
      findHttpProblem,
    ),
  ),
  SCHEMA_REGISTRY_AUTH: optional(text({ doc: 'user:password for the schema registry.', secret: true })),
  SCHEMA_LOOKUPS_PER_SECOND: integer({
    doc: 'Most schema ids that are looked up in a second. Records with unknown ids wait for it; on sms.send other records overtake them.',
    default: '200',
    min: 1,
    max: 10_000,
  }),
};

type KafkaConfig = ConfigOf<typeof kafkaVariables>;

/** Names of the settings, for messages about TLS. */
export const KAFKA_TLS_VARIABLES: TlsVariables = {
  tls: 'KAFKA_TLS',
  ca: 'KAFKA_TLS_CA_FILE',
  cert: 'KAFKA_TLS_CERT_FILE',
  key: 'KAFKA_TLS_KEY_FILE',
  address: 'KAFKA_BROKERS',
};

/** Refuses incomplete SASL settings, which would otherwise connect without a login, unnoticed. */
const checkLogin = (config: KafkaConfig): void => {
  const invalid = (problem: string) => new BridgeError('CONFIG_INVALID', problem);
  const { KAFKA_SASL_MECHANISM: mechanism } = config;
  const login = [config.KAFKA_SASL_USERNAME, config.KAFKA_SASL_PASSWORD];
  if (mechanism !== undefined && login.includes(undefined))
    throw invalid('KAFKA_SASL_MECHANISM: is set; set KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD too');
  if (mechanism === undefined && login.some((value) => value !== undefined))
    throw invalid('KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD: is set; set KAFKA_SASL_MECHANISM too');
};

const toTls = (config: KafkaConfig) =>
  readTls('KAFKA_TLS', {
    enabled: config.KAFKA_TLS,
    caFile: config.KAFKA_TLS_CA_FILE,
    certFile: config.KAFKA_TLS_CERT_FILE,
    keyFile: config.KAFKA_TLS_KEY_FILE,
  });

/** What concerns several variables, or a file that one of them names. */
export const kafkaChecks: readonly ConfigCheck<KafkaConfig>[] = [
  { of: ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'], check: checkLogin },
  { of: ['KAFKA_TLS'], check: toTls },
];

/**
 * Returns the settings of `createKafka`. Reads the PEM files.
 * @throws BridgeError CONFIG_INVALID
 */
export const toKafkaSettings = (config: KafkaConfig, clientId: string) => {
  checkLogin(config);
  const tls = toTls(config);
  return {
    brokers: config.KAFKA_BROKERS,
    clientId,
    ...(tls === undefined ? {} : { tls }),
    ...(config.KAFKA_SASL_MECHANISM
      ? {
          sasl: {
            mechanism: config.KAFKA_SASL_MECHANISM,
            username: config.KAFKA_SASL_USERNAME ?? '',
            password: config.KAFKA_SASL_PASSWORD ?? '',
          },
        }
      : {}),
  };
};
