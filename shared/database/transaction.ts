import type { Database, Tx } from './database';
import { toDatabaseError } from './database-errors';

/**
 * Runs `work` in one READ COMMITTED transaction and commits it. Rolls back when anything is thrown.
 * @throws BridgeError DB_…; after DB_UNAVAILABLE during the commit the outcome is unknown, so the
 * work must detect earlier success when it is repeated
 */
export const inTransaction = async <T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> => {
  try {
    return await db.transaction(work);
  } catch (error) {
    throw toDatabaseError(error);
  }
};
