import type { Database, DatabaseSettings } from './database';
import { openOracle } from './oracle/open-oracle';
import { openPostgres } from './postgres/open-postgres';

/** Opens a pool, by the URL's scheme; nothing is connected until the first statement. The caller defers `close` on the next line. */
export const openDatabase = (settings: DatabaseSettings): Database =>
  settings.url.startsWith('oracle:') ? openOracle(settings) : openPostgres(settings);
