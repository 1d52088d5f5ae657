import type { Knex } from 'knex';
import { toDatabaseError } from '../database-errors';

/**
 * The only file that knows how knex 3.3.0 lends connections. A test guards the version and both
 * names.
 *
 * - `client.acquireConnection` and `client.releaseConnection` are declared by knex, for its
 *   dialects. `knex.raw` would lend a connection too, but compiles each statement, and its errors
 *   contain SQL; `knex.transaction` creates a whole knex instance each time.
 * - `__knex__disposed` is private: the pool checks it before it lends a connection again.
 *
 * Delete this file when the option `connectionPool`, which is public and takes a `pg.Pool`, has
 * been measured: `pool.connect()` and `client.release(error)` do the same. What that changes: the
 * pool waits for a connection as long as for connecting, and does not wait for `afterCreate`.
 */
type Lent = { __knex__disposed?: unknown };

/**
 * Runs work with a connection of knex's pool.
 * @throws BridgeError DB_… when there is no connection
 */
export const lendConnection = async <C, T>(db: Knex, work: (connection: C) => Promise<T>): Promise<T> => {
  let connection: C;
  try {
    connection = await db.client.acquireConnection();
  } catch (error) {
    throw toDatabaseError(error);
  }
  try {
    return await work(connection);
  } finally {
    await db.client.releaseConnection(connection);
  }
};

/** Keeps the pool from lending the connection again; its session ends. */
export const discardConnection = (connection: object, reason: unknown): void => {
  (connection as Lent).__knex__disposed = reason;
};
