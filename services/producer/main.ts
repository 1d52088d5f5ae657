import { openCodecs } from '../shared/avro/open-codecs';
import { toDatabaseSettings } from '../shared/config/database-variables';
import { toKafkaSettings } from '../shared/config/kafka-variables';
import { openDatabase } from '../shared/database/open-database';
import { createKafka } from '../shared/kafka/create-kafka';
import { openRecordSink } from '../shared/kafka/open-record-sink';
import { toTopicNames } from '../shared/kafka/topics';
import { runService } from '../shared/lifecycle/run-service';
import { producerConfig } from './config';
import { startProducer } from './start-producer';

void runService(producerConfig, async (context) => {
  const { config, logger, defer } = context;
  const topics = toTopicNames(config.TOPIC_PREFIX);
  const db = openDatabase(toDatabaseSettings(config, `producer ${config.INSTANCE_ID}`));
  defer('database', db.close);
  const codecs = await openCodecs({
    registryUrl: config.SCHEMA_REGISTRY_URL,
    registryAuth: config.SCHEMA_REGISTRY_AUTH,
    topics,
    logger,
  });
  const kafka = createKafka(toKafkaSettings(config, `producer-${config.INSTANCE_ID}`), logger);
  const sink = await openRecordSink(kafka, { logger, deadlineMs: config.HTTP_ANSWER_TIMEOUT_MS });
  defer('sink', sink.close);
  return startProducer(context, { db, sink, codecs, topics });
});
