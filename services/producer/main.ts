import { openConnections } from '../../shared/service/open-connections';
import { runService } from '../../shared/service/run-service';
import { producerConfig } from './config';
import { startProducer } from './wiring/start-producer';

void runService(producerConfig, async (context) => {
  const { db, sink, codecs, topics } = await openConnections('producer', context, {
    uses: ['send', 'status', 'receivedAck'],
    deadlineMs: context.config.HTTP_ANSWER_TIMEOUT_MS,
  });
  return startProducer(context, { db, sink, codecs, topics });
});
