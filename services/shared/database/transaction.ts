import type { Knex } from 'knex';
import { toDatabaseError } from './database-errors';
import { type Database, type Query, queryOn } from './open-database';

export type Tx = { readonly query: Query; readonly knex: Knex.Transaction };

/**
 * Runs `work` in one transaction and commits it; anything thrown rolls back. READ COMMITTED.
 * @throws BridgeError DB_…; after DB_UNAVAILABLE during the commit the outcome is unknown: the work must find out by itself when it is done again.
 */
export const inTransaction = async <T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> => {
  try {
    return await db.knex.transaction(async (trx) => {
      const connection = await trx.client.acquireConnection();
      return work({ query: queryOn(connection), knex: trx });
    });
  } catch (error) {
    throw toDatabaseError(error);
  }
};
