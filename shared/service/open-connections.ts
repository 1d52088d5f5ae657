import type { Kafka } from 'kafkajs';
import type { Codecs } from '../avro/open-codecs';
import { type databaseVariables, toDatabaseSettings } from '../config/database-variables';
import type { ConfigOf } from '../config/define-config';
import { type kafkaVariables, toKafkaSettings } from '../config/kafka-variables';
import type { Database } from '../database/database';
import { openDatabase } from '../database/open-database';
import { refuseCharacterSet } from '../database/read-character-set';
import { checkRights } from '../kafka/kafkajs/check-rights';
import { createKafka } from '../kafka/kafkajs/create-kafka';
import { openRecordSink } from '../kafka/kafkajs/open-record-sink';
import { type TopicNames, toTopicNames } from '../kafka/kafkajs/topics';
import type { RecordSink } from '../kafka/ports';
import { warnAnswersInDatabase } from './answers-in-database';
import type { ServiceContext } from './run-service';
import { waitForCodecs } from './wait-for-codecs';

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
 * Opens the connections that every service between the database and Kafka needs, under the name of
 * the service and its instance. They close with the service. Waits while the schema registry is
 * unreachable.
 * @throws BridgeError DB_…, KAFKA_UNAVAILABLE, REGISTRY_… (refused: waiting does not help)
 */
export const openConnections = async (
  service: string,
  context: Pick<ServiceContext<ConnectionConfig>, 'config' | 'logger' | 'defer' | 'signal' | 'ready'>,
  {
    uses,
    groupId,
    deadlineMs,
    ...limits
  }: {
    /** the topics that the service reads or writes */
    readonly uses: readonly (keyof TopicNames)[];
    /** the group that it reads with */
    readonly groupId?: string;
    readonly deadlineMs?: number;
    readonly lockTimeoutMs?: number;
    readonly poolMax?: number;
  },
): Promise<Connections> => {
  const { config, logger, defer } = context;
  const topics = toTopicNames(config.TOPIC_PREFIX);
  const settings = toDatabaseSettings(config, `${service} ${config.INSTANCE_ID}`);
  const db = openDatabase({ ...settings, ...limits });
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
  const sink = await openRecordSink(kafka, { logger, ...(deadlineMs === undefined ? {} : { deadlineMs }) });
  defer('sink', sink.close);
  await checkRights(kafka, {
    topics: uses.map((topic) => topics[topic]),
    ...(groupId === undefined ? {} : { groupId }),
  });
  await refuseCharacterSet(db);
  await warnAnswersInDatabase(db, service, logger);
  return { db, codecs, kafka, sink, topics };
};
