import { openConnections } from '../../shared/service/open-connections';
import { runService } from '../../shared/service/run-service';
import { producerConfig } from './config';
import { shareConnections } from './core/share-connections';
import { openHttpPools } from './wiring/http-pools';
import { startProducer } from './wiring/start-producer';

void runService(producerConfig, async (context) => {
  const { db, sink, codecs, topics } = await openConnections('producer', context, {
    uses: ['send', 'status', 'receivedAck'],
    deadlineMs: context.config.HTTP_ANSWER_TIMEOUT_MS,
    poolMax: shareConnections(context.config.DATABASE_POOL_MAX).background,
  });
  return startProducer(context, { db, ...openHttpPools(context), sink, codecs, topics });
});
