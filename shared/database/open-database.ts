import type { Database, DatabaseSettings } from './database';
import { openOracle } from './oracle/open-oracle';
import { openPostgres } from './postgres/open-postgres';

/**
 * Creates a pool for the engine that the URL's scheme names. Connects only at the first statement.
 * The caller defers `close` on the next line.
 * @throws BridgeError CONFIG_INVALID, TIME_ZONE_NOT_UTC on Oracle
 */
export const openDatabase = (settings: DatabaseSettings): Database =>
  settings.url.startsWith('oracle:') ? openOracle(settings) : openPostgres(settings);
