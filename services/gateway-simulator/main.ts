import { toDatabaseSettings } from '../../shared/config/database-variables';
import { openDatabase } from '../../shared/database/open-database';
import { refuseCharacterSet } from '../../shared/database/read-character-set';
import { BridgeError } from '../../shared/errors';
import { type ExchangeMapping, loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { isTimeZone, toZone } from '../../shared/exchange/time-zone';
import { runService } from '../../shared/service/run-service';
import { simulatorConfig } from './config';
import { startSimulator } from './wiring/start-simulator';

/**
 * Returns the exchange mapping with the province's real clock, which may differ from the exchange
 * file's.
 * @throws BridgeError CONFIG_INVALID
 */
const toProvince = (mapping: ExchangeMapping, timeZone = mapping.timeZone): ExchangeMapping => {
  if (isTimeZone(timeZone)) return { ...mapping, timeZone };
  throw new BridgeError('CONFIG_INVALID', 'PROVINCE_TIME_ZONE: must be an IANA name or an offset such as +08:00');
};

void runService(simulatorConfig, async (context) => {
  const mapping = toProvince(loadExchangeMapping(context.config.EXCHANGE_FILE), context.config.PROVINCE_TIME_ZONE);
  const settings = {
    ...toDatabaseSettings(context.config, 'gateway-simulator'),
    timeZone: toZone(mapping.timeZone).postgres,
  };
  // Each loop needs a connection, and the metrics need one more.
  const loops = context.config.SIMULATOR_WORKERS + context.config.SIMULATOR_ANSWER_WORKERS + 2;
  const db = openDatabase({ ...settings, poolMax: Math.max(settings.poolMax, loops) });
  context.defer('database', db.close);
  await refuseCharacterSet(db);
  await startSimulator(context, db, mapping);
  return undefined;
});
