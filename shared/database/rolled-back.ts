import type { Database, Tx } from './database';
import { inTransaction } from './transaction';

class WentWell extends Error {}

/**
 * Runs work in a transaction that is always rolled back, so that no other session ever sees its
 * effects.
 * @throws what the work throws
 */
export const rolledBack = async (db: Database, work: (tx: Tx) => Promise<void>): Promise<void> => {
  try {
    await inTransaction<never>(db, async (tx) => {
      await work(tx);
      throw new WentWell();
    });
  } catch (error) {
    if (!(error instanceof WentWell)) throw error;
  }
};
