import { openCodecs } from '../shared/avro/open-codecs';
import { toDatabaseSettings } from '../shared/config/database-variables';
import { toKafkaSettings } from '../shared/config/kafka-variables';
import { openDatabase } from '../shared/database/open-database';
import { createKafka } from '../shared/kafka/create-kafka';
import { createMemberStore } from '../shared/kafka/member-store';
import { openBatchSource } from '../shared/kafka/open-batch-source';
import { openRecordSink } from '../shared/kafka/open-record-sink';
import { toGroupId, toTopicNames } from '../shared/kafka/topics';
import { runService } from '../shared/lifecycle/run-service';
import { archiverConfig } from './config';
import { startArchiver } from './start-archiver';

void runService(archiverConfig, async (context) => {
  const { config, logger, defer } = context;
  const topics = toTopicNames(config.TOPIC_PREFIX);
  const db = openDatabase(toDatabaseSettings(config, `archiver ${config.INSTANCE_ID}`));
  defer('database', db.close);
  const codecs = await openCodecs({
    registryUrl: config.SCHEMA_REGISTRY_URL,
    registryAuth: config.SCHEMA_REGISTRY_AUTH,
    topics,
    logger,
  });
  const kafka = createKafka(toKafkaSettings(config, `archiver-${config.INSTANCE_ID}`), logger);
  const sink = await openRecordSink(kafka, { logger });
  defer('sink', sink.close);
  return startArchiver(context, {
    db,
    sink,
    codecs,
    topics,
    openAckSource: (handlers) =>
      openBatchSource(
        kafka,
        {
          groupId: toGroupId(config.ARCHIVER_GROUP, config.TOPIC_PREFIX),
          topic: topics.receivedAck,
          sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,
          logger,
          instanceId: config.INSTANCE_ID,
          members: createMemberStore(db),
        },
        handlers,
      ),
  });
});
