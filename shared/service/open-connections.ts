import type { Kafka } from 'kafkajs';
import type { Codecs } from '../avro/open-codecs';
import { type databaseVariables, toDatabaseSettings } from '../config/database-variables';
import type { ConfigOf } from '../config/define-config';
import { type kafkaVariables, toKafkaSettings } from '../config/kafka-variables';
import type { Database } from '../database/database';
import { openDatabase } from '../database/open-database';
import { refuseCharacterSet } from '../database/read-character-set';
import { createKafka } from '../kafka/kafkajs/create-kafka';
import { openRecordSink } from '../kafka/kafkajs/open-record-sink';
import { type TopicNames, toTopicNames } from '../kafka/kafkajs/topics';
import type { RecordSink } from '../kafka/ports';
import { warnAnswersInDatabase } from './answers-in-database';
import type { ServiceContext } from './run-service';
import { waitForCodecs } from './wait-for-codecs';

type ConnectionConfig = ConfigOf<typeof databaseVariables> &
  ConfigOf<typeof kafkaVariables> & { readonly INSTANCE_ID: string };

const CHECK_MS = 1_000;

/** Shows in /health/ready whether Kafka and the database work, also while nothing happens. */
export const watchConnections = (
  { defer, ready }: Pick<ServiceContext<unknown>, 'defer' | 'ready'>,
  { db, sink }: Pick<Connections, 'db' | 'sink'>,
  decides: { readonly database: boolean },
): void => {
  ready('kafka', sink.problem);
  ready('database', db.vital.problem, { decides: decides.database });
  const checks = setInterval(() => {
    void sink.check();
    void db.vital.check();
  }, CHECK_MS);
  defer('checks', () => clearInterval(checks));
};

export type Connections = {
  readonly db: Database;
  readonly codecs: Codecs;
  readonly kafka: Kafka;
  readonly sink: RecordSink;
  readonly topics: TopicNames;
};

/**
 * Opens the connections that every service between the database and Kafka needs, under the name of
 * the service and its instance. They close with the service. Waits while the schema registry is
 * unreachable.
 * @throws BridgeError DB_…, KAFKA_UNAVAILABLE, REGISTRY_… (refused: waiting does not help)
 */
export const openConnections = async (
  service: string,
  context: Pick<ServiceContext<ConnectionConfig>, 'config' | 'logger' | 'defer' | 'signal' | 'ready'>,
  options: {
    /** without one of these topics the service is not ready */
    readonly needs: readonly (keyof TopicNames)[];
    /** false: the service does its main work without the database */
    readonly needsDatabase?: boolean;
    readonly deadlineMs?: number;
    readonly lockTimeoutMs?: number;
  },
): Promise<Connections> => {
  const { config, logger, defer } = context;
  const { needs, needsDatabase = true, lockTimeoutMs, ...sinkOptions } = options;
  const topics = toTopicNames(config.TOPIC_PREFIX);
  const settings = toDatabaseSettings(config, `${service} ${config.INSTANCE_ID}`);
  const db = openDatabase({ ...settings, ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }) });
  defer('database', db.close);
  const codecs = await waitForCodecs(
    {
      registryUrl: config.SCHEMA_REGISTRY_URL,
      registryAuth: config.SCHEMA_REGISTRY_AUTH,
      lookupsPerSecond: config.SCHEMA_LOOKUPS_PER_SECOND,
      topics,
      logger,
    },
    context,
  );
  const kafka = createKafka(toKafkaSettings(config, `${service}-${config.INSTANCE_ID}`), logger);
  const sink = await openRecordSink(kafka, { logger, topics: needs.map((topic) => topics[topic]), ...sinkOptions });
  defer('sink', sink.close);
  watchConnections(context, { db, sink }, { database: needsDatabase });
  await refuseCharacterSet(db);
  await warnAnswersInDatabase(db, service, logger);
  return { db, codecs, kafka, sink, topics };
};
