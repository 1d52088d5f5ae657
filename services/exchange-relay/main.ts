import { openCodecs } from '../shared/avro/open-codecs';
import { toDatabaseSettings } from '../shared/config/database-variables';
import { toKafkaSettings } from '../shared/config/kafka-variables';
import { openDatabase } from '../shared/database/open-database';
import { loadExchangeNames } from '../shared/exchange/exchange-names';
import { createKafka } from '../shared/kafka/create-kafka';
import { fetchLogRange } from '../shared/kafka/log-range';
import { createMemberStore } from '../shared/kafka/member-store';
import { openBatchSource } from '../shared/kafka/open-batch-source';
import { openRecordSink } from '../shared/kafka/open-record-sink';
import { toGroupId, toTopicNames } from '../shared/kafka/topics';
import { runService } from '../shared/lifecycle/run-service';
import { relayConfig } from './config';
import { startRelay } from './start-relay';

void runService(relayConfig, async (context) => {
  const { config, logger, defer } = context;
  const names = loadExchangeNames(config.EXCHANGE_FILE);
  const topics = toTopicNames(config.TOPIC_PREFIX);
  const groupId = toGroupId(config.RELAY_GROUP, config.TOPIC_PREFIX);
  const db = openDatabase(toDatabaseSettings(config, `exchange-relay ${config.INSTANCE_ID}`));
  defer('database', db.close);
  const codecs = await openCodecs({
    registryUrl: config.SCHEMA_REGISTRY_URL,
    registryAuth: config.SCHEMA_REGISTRY_AUTH,
    topics,
    logger,
  });
  const kafka = createKafka(toKafkaSettings(config, `exchange-relay-${config.INSTANCE_ID}`), logger);
  const sink = await openRecordSink(kafka, { logger });
  defer('sink', sink.close);
  return startRelay(context, {
    db,
    sink,
    codecs,
    topics,
    names,
    groupId,
    logRange: (topic) => fetchLogRange(kafka, topic),
    openSource: (handlers) =>
      openBatchSource(
        kafka,
        {
          groupId,
          topic: topics.send,
          sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,
          logger,
          instanceId: config.INSTANCE_ID,
          members: createMemberStore(db),
        },
        handlers,
      ),
  });
});
