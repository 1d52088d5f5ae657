import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { openBatchSource } from '../../shared/kafka/kafkajs/open-batch-source';
import { toGroupId } from '../../shared/kafka/kafkajs/topics';
import { createMemberStore } from '../../shared/service/member-store';
import { openConnections } from '../../shared/service/open-connections';
import { runService } from '../../shared/service/run-service';
import { archiverConfig } from './config';
import { startArchiver } from './wiring/start-archiver';

void runService(archiverConfig, async (context) => {
  const { config, logger } = context;
  const mapping = loadExchangeMapping(config.EXCHANGE_FILE);
  const groupId = toGroupId(config.ARCHIVER_GROUP, config.TOPIC_PREFIX);
  const { db, sink, codecs, kafka, topics } = await openConnections('archiver', context, {
    uses: ['receivedAck', 'status', 'received', 'deadLetter'],
    groupId,
  });
  return startArchiver(context, {
    db,
    mapping,
    sink,
    codecs,
    topics,
    openAckSource: (handlers) =>
      openBatchSource(
        kafka,
        {
          groupId,
          topic: topics.receivedAck,
          sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,
          logger,
          instanceId: config.INSTANCE_ID,
          members: createMemberStore(db),
          inflatedMaxBytes: config.KAFKA_BATCH_MAX_BYTES,
        },
        handlers,
      ),
  });
});
