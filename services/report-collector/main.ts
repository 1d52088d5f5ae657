import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { openConnections } from '../../shared/service/open-connections';
import { runService } from '../../shared/service/run-service';
import { collectorConfig } from './config';
import { startCollector } from './wiring/start-collector';

void runService(collectorConfig, async (context) => {
  const mapping = loadExchangeMapping(context.config.EXCHANGE_FILE);
  const { db, sink, codecs, topics } = await openConnections('report-collector', context, {
    uses: ['status', 'received', 'deadLetter'],
  });
  return startCollector(context, { db, sink, codecs, topics, mapping });
});
