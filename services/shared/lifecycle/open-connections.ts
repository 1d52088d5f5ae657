import type { Kafka } from 'kafkajs';
import { type Codecs, openCodecs } from '../avro/open-codecs';
import { type databaseVariables, toDatabaseSettings } from '../config/database-variables';
import type { ConfigOf } from '../config/define-config';
import { type kafkaVariables, toKafkaSettings } from '../config/kafka-variables';
import { type Database, forEngine, openDatabase } from '../database/open-database';
import { createKafka } from '../kafka/create-kafka';
import { openRecordSink } from '../kafka/open-record-sink';
import type { RecordSink } from '../kafka/ports';
import { type TopicNames, toTopicNames } from '../kafka/topics';
import type { ServiceContext } from './run-service';

type ConnectionConfig = ConfigOf<typeof databaseVariables> &
  ConfigOf<typeof kafkaVariables> & { readonly INSTANCE_ID: string };

export type Connections = {
  readonly db: Database;
  readonly codecs: Codecs;
  readonly kafka: Kafka;
  readonly sink: RecordSink;
  readonly topics: TopicNames;
};

/**
 * Opens what every service between the database and Kafka works with, under the name of the service and its instance; closed with the service.
 * @throws BridgeError ENGINE_UNSUPPORTED, DB_…, KAFKA_UNAVAILABLE, REGISTRY_…
 */
export const openConnections = async (
  service: string,
  { config, logger, defer }: Pick<ServiceContext<ConnectionConfig>, 'config' | 'logger' | 'defer'>,
  sinkOptions: { readonly deadlineMs?: number } = {},
): Promise<Connections> => {
  const topics = toTopicNames(config.TOPIC_PREFIX);
  const db = openDatabase(toDatabaseSettings(config, `${service} ${config.INSTANCE_ID}`));
  defer('database', db.close);
  // said at once, and not by the first message: no service has statements for Oracle yet
  forEngine(db.engine, { pg: db });
  const codecs = await openCodecs({
    registryUrl: config.SCHEMA_REGISTRY_URL,
    registryAuth: config.SCHEMA_REGISTRY_AUTH,
    topics,
    logger,
  });
  const kafka = createKafka(toKafkaSettings(config, `${service}-${config.INSTANCE_ID}`), logger);
  const sink = await openRecordSink(kafka, { logger, ...sinkOptions });
  defer('sink', sink.close);
  return { db, codecs, kafka, sink, topics };
};
