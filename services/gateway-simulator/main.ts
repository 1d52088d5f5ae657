import { toDatabaseSettings } from '../shared/config/database-variables';
import { openDatabase } from '../shared/database/open-database';
import { refuseCharacterSet } from '../shared/database/read-character-set';
import { loadExchangeNames } from '../shared/exchange/exchange-names';
import { runService } from '../shared/lifecycle/run-service';
import { simulatorConfig } from './config';
import { startSimulator } from './start-simulator';

void runService(simulatorConfig, async (context) => {
  const names = loadExchangeNames(context.config.EXCHANGE_FILE);
  const settings = toDatabaseSettings(context.config, 'gateway-simulator');
  // each loop has a connection of its own, and metrics one more
  const loops = context.config.SIMULATOR_WORKERS + context.config.SIMULATOR_ANSWER_WORKERS + 2;
  const db = openDatabase({ ...settings, poolMax: Math.max(settings.poolMax, loops) });
  context.defer('database', db.close);
  await refuseCharacterSet(db);
  await startSimulator(context, db, names);
  return undefined;
});
