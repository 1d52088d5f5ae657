import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { checkDestAddr } from '../../shared/exchange/load-dest-addr';
import { fetchLogRange } from '../../shared/kafka/kafkajs/log-range';
import { openBatchSource } from '../../shared/kafka/kafkajs/open-batch-source';
import { toGroupId } from '../../shared/kafka/kafkajs/topics';
import { createMemberStore } from '../../shared/service/member-store';
import { openConnections } from '../../shared/service/open-connections';
import { runService } from '../../shared/service/run-service';
import { relayConfig } from './config';
import { LOCK_PATIENCE_MS } from './sql/hand-over';
import { startRelay } from './wiring/start-relay';

void runService(relayConfig, async (context) => {
  const { config, logger } = context;
  const mapping = loadExchangeMapping(config.EXCHANGE_FILE);
  checkDestAddr(mapping, config.COUNTRY);
  const groupId = toGroupId(config.RELAY_GROUP, config.TOPIC_PREFIX);
  const { db, sink, codecs, kafka, topics } = await openConnections('exchange-relay', context, {
    uses: ['send', 'status', 'deadLetter'],
    groupId,
    lockTimeoutMs: LOCK_PATIENCE_MS,
  });
  return startRelay(context, {
    db,
    sink,
    codecs,
    topics,
    mapping,
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
          inflatedMaxBytes: config.KAFKA_BATCH_MAX_BYTES,
        },
        handlers,
      ),
  });
});
