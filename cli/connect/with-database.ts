import { toDatabaseSettings } from '../../shared/config/database-variables';
import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import type { DatabaseSettings } from './settings';

/**
 * Opens the database, runs `work` with it and closes it.
 * @throws BridgeError DB_…, or the error that `work` throws
 */
export const withDatabase = async <T>(config: DatabaseSettings, work: (db: Database) => Promise<T>): Promise<T> => {
  const db = openDatabase(toDatabaseSettings(config, 'sms-bridge-cli'));
  try {
    return await work(db);
  } finally {
    await db.close();
  }
};
