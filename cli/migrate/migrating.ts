import { toDatabaseError } from '../../shared/database/database-errors';
import { BridgeError, messageOf } from '../../shared/errors';

/**
 * Translates the errors of knex' migrations: knex passes on the driver's errors and has its own for
 * the lock. The message names the statement that failed.
 * @throws BridgeError MIGRATION_LOCKED, DB_…
 */
export const migrating = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    if (/lock/i.test((error as Error).name) || /already locked/i.test(messageOf(error))) {
      throw new BridgeError(
        'MIGRATION_LOCKED',
        'another migration is running; if it was killed, release its lock by `sms-bridge migrate --unlock`',
      );
    }
    const known = toDatabaseError(error);
    const statement = /^(CREATE|ALTER|DROP|GRANT|INSERT)\b[^\n(]{0,80}/.exec(messageOf(error))?.[0].trim();
    if (!(known instanceof BridgeError) || statement === undefined) throw known;
    throw new BridgeError(known.code, `${known.message} in ${statement}`, { retryable: known.retryable, cause: error });
  }
};
