import type { Database, Tx } from './database';
import { inTransaction } from './transaction';

class WentWell extends Error {}

/** Runs work in a transaction that is rolled back in any case: nobody ever sees what it did. @throws what the work throws */
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
