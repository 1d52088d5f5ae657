import { toDatabaseSettings } from '../../shared/config/database-variables';
import type { Database } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import type { DatabaseSettings } from './settings';

export const withDatabase = async <T>(
  config: DatabaseSettings,
  work: (db: Database) => Promise<T>,
  limits: { readonly lockTimeoutMs?: number } = {},
): Promise<T> => {
  const db = openDatabase({ ...toDatabaseSettings(config, 'sms-bridge-cli'), ...limits });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
};
