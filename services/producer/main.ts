import { openConnections } from '../../shared/service/open-connections';
import { runService } from '../../shared/service/run-service';
import { producerConfig } from './config';
import { startProducer } from './wiring/start-producer';

void runService(producerConfig, async (context) => {
  const { db, sink, codecs, topics } = await openConnections('producer', context, {
    // Over HTTP it accepts messages without the database.
    needs: ['send'],
    needsDatabase: false,
    deadlineMs: context.config.HTTP_ANSWER_TIMEOUT_MS,
  });
  return startProducer(context, { db, sink, codecs, topics });
});
