import type { Database, Tx } from './database';
import { toDatabaseError } from './database-errors';

/**
 * Runs `work` in one transaction and commits it; anything thrown rolls back. READ COMMITTED.
 * @throws BridgeError DB_…; after DB_UNAVAILABLE during the commit the outcome is unknown: the work must find out by itself when it is done again.
 */
export const inTransaction = async <T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> => {
  try {
    return await db.transaction(work);
  } catch (error) {
    throw toDatabaseError(error);
  }
};
