import { Kafka, logLevel } from 'kafkajs';
import type { Logger } from 'pino';
import type { toKafkaSettings } from '../../config/kafka-variables';
import { applyPatches } from './apply-patches';
import { registerCompressionCodecs } from './compression-codecs';
import { createKafkaLog } from './kafka-log';

/**
 * Creates kafkajs' client with our settings, TLS and SASL, without connecting it.
 * @param options.retries attempts of a connection after the first; few where a user waits
 */
export const createKafka = (
  settings: ReturnType<typeof toKafkaSettings>,
  logger: Logger,
  options: { readonly retries?: number } = {},
): Kafka => {
  applyPatches();
  registerCompressionCodecs();
  const { brokers, clientId, tls, sasl } = settings;
  return new Kafka({
    brokers: [...brokers],
    clientId,
    ...(tls === undefined ? {} : { ssl: { rejectUnauthorized: true, ...tls } }),
    ...(sasl === undefined ? {} : { sasl: sasl as { mechanism: 'plain'; username: string; password: string } }),
    connectionTimeout: 3_000,
    authenticationTimeout: 5_000,
    requestTimeout: 30_000,
    enforceRequestTimeout: true,
    retry: { initialRetryTime: 100, maxRetryTime: 5_000, retries: options.retries ?? 8 },
    logLevel: logLevel.INFO,
    logCreator: createKafkaLog(logger),
  });
};
