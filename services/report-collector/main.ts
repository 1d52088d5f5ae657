import { openCodecs } from '../shared/avro/open-codecs';
import { toDatabaseSettings } from '../shared/config/database-variables';
import { toKafkaSettings } from '../shared/config/kafka-variables';
import { openDatabase } from '../shared/database/open-database';
import { loadExchangeNames } from '../shared/exchange/exchange-names';
import { createKafka } from '../shared/kafka/create-kafka';
import { openRecordSink } from '../shared/kafka/open-record-sink';
import { toTopicNames } from '../shared/kafka/topics';
import { runService } from '../shared/lifecycle/run-service';
import { collectorConfig } from './config';
import { startCollector } from './start-collector';

void runService(collectorConfig, async (context) => {
  const { config, logger, defer } = context;
  const names = loadExchangeNames(config.EXCHANGE_FILE);
  const topics = toTopicNames(config.TOPIC_PREFIX);
  const db = openDatabase(toDatabaseSettings(config, `report-collector ${config.INSTANCE_ID}`));
  defer('database', db.close);
  const codecs = await openCodecs({
    registryUrl: config.SCHEMA_REGISTRY_URL,
    registryAuth: config.SCHEMA_REGISTRY_AUTH,
    topics,
    logger,
  });
  const kafka = createKafka(toKafkaSettings(config, `report-collector-${config.INSTANCE_ID}`), logger);
  const sink = await openRecordSink(kafka, { logger });
  defer('sink', sink.close);
  return startCollector(context, { db, sink, codecs, topics, names });
});
