import { BridgeError } from '../errors';
import type { ConfigOf } from './define-config';
import { flag, integer, list, oneOf, optional, text } from './define-config';
import { readPem } from './read-pem';

/** Variables of every process that speaks Kafka. */
export const kafkaVariables = {
  KAFKA_BROKERS: list({ doc: 'Bootstrap brokers, host:port, comma-separated.', default: '127.0.0.1:9092' }),
  TOPIC_PREFIX: optional(
    text({
      doc: 'Put before every topic and consumer group name, e.g. "test." for a second environment on one cluster.',
    }),
  ),
  KAFKA_TLS: flag({ doc: 'Encrypt the connections to Kafka.', default: 'false' }),
  KAFKA_TLS_CA_FILE: optional(text({ doc: 'PEM file with the certificate authority of the brokers.' })),
  KAFKA_TLS_CERT_FILE: optional(text({ doc: 'PEM file with the client certificate (mutual TLS).' })),
  KAFKA_TLS_KEY_FILE: optional(text({ doc: 'PEM file with the key of the client certificate.' })),
  KAFKA_SASL_MECHANISM: optional(
    oneOf(['plain', 'scram-sha-256', 'scram-sha-512'], { doc: 'How to log in to Kafka; unset: no login.' }),
  ),
  KAFKA_SASL_USERNAME: optional(text({ doc: 'User for SASL.' })),
  KAFKA_SASL_PASSWORD: optional(text({ doc: 'Password for SASL.', secret: true })),
  KAFKA_SESSION_TIMEOUT_MS: integer({
    doc: 'A member that is silent for so long is replaced by the others. Not under 30000: a long pause must not look like a death.',
    default: '30000',
    min: 6000,
    max: 300000,
  }),
  SCHEMA_REGISTRY_URL: optional(
    text({ doc: 'Confluent-compatible schema registry; unset: Avro single-object encoding.' }),
  ),
  SCHEMA_REGISTRY_AUTH: optional(text({ doc: 'user:password for the schema registry.', secret: true })),
};

type KafkaConfig = ConfigOf<typeof kafkaVariables>;

/** What contradicts itself would otherwise go unencrypted, or without a login, and nobody would notice. */
const checkSecurity = (config: KafkaConfig): void => {
  const invalid = (problem: string) => new BridgeError('CONFIG_INVALID', problem);
  const { KAFKA_TLS_CERT_FILE: cert, KAFKA_TLS_KEY_FILE: key, KAFKA_SASL_MECHANISM: mechanism } = config;
  if (!config.KAFKA_TLS && (config.KAFKA_TLS_CA_FILE ?? cert ?? key) !== undefined)
    throw invalid('KAFKA_TLS: is not true, but a KAFKA_TLS_…_FILE is set; set KAFKA_TLS=true');
  if ((cert === undefined) !== (key === undefined))
    throw invalid('KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE: set both or neither');
  const login = [config.KAFKA_SASL_USERNAME, config.KAFKA_SASL_PASSWORD];
  if (mechanism !== undefined && login.includes(undefined))
    throw invalid('KAFKA_SASL_MECHANISM: is set; set KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD too');
  if (mechanism === undefined && login.some((value) => value !== undefined))
    throw invalid('KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD: is set; set KAFKA_SASL_MECHANISM too');
};

/**
 * What `createKafka` needs, from the environment's values; reads the PEM files.
 * @throws BridgeError CONFIG_INVALID
 */
export const toKafkaSettings = (config: KafkaConfig, clientId: string) => {
  checkSecurity(config);
  const ca = readPem('KAFKA_TLS_CA_FILE', config.KAFKA_TLS_CA_FILE);
  const cert = readPem('KAFKA_TLS_CERT_FILE', config.KAFKA_TLS_CERT_FILE);
  const key = readPem('KAFKA_TLS_KEY_FILE', config.KAFKA_TLS_KEY_FILE);
  return {
    brokers: config.KAFKA_BROKERS,
    clientId,
    ...(config.KAFKA_TLS ? { tls: { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) } } : {}),
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
