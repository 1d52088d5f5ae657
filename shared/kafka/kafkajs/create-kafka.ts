import { Kafka, logLevel } from 'kafkajs';
import type { Logger } from 'pino';
import type { toKafkaSettings } from '../../config/kafka-variables';
import { applyPatches } from './apply-patches';
import { registerCompressionCodecs } from './compression-codecs';
import { createKafkaLog } from './kafka-log';

/**
 * kafkajs with our settings, TLS and SASL; connects to nothing yet.
 * @param options.retries how often a connection is tried again: few where somebody waits for the answer
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
