import type oracledb from 'oracledb';
import { BridgeError } from '../../errors';
import { toOracleError } from './oracle-errors';

type Pool = Pick<oracledb.Pool, 'connectionsOpen' | 'connectionsInUse' | 'poolMax' | 'getConnection'>;

const NOT_AGAIN =
  'not tried again, because that would lock the account: restart this process when user and password are right';

/**
 * Lends connections of a pool so that a wrong password is tried only once. A process reads its
 * password at start, so a retry would fail too, and the account is locked after
 * FAILED_LOGIN_ATTEMPTS (10, or the number in its profile). Logins are therefore serialised. When
 * one fails, all waiting callers fail with the same error. After a refused login only open sessions
 * are lent.
 * @throws the driver's error; after a refused login BridgeError DB_LOGIN at once
 */
export const createLogIn = (): ((pool: Pool) => Promise<oracledb.Connection>) => {
  let refused: BridgeError | undefined;
  let attempt: Promise<oracledb.Connection> | undefined;

  const logIn = async (pool: Pool): Promise<oracledb.Connection> => {
    try {
      return await pool.getConnection();
    } catch (error) {
      const problem = toOracleError(error);
      if (problem?.code === 'DB_LOGIN' && !problem.retryable)
        refused = new BridgeError('DB_LOGIN', `${problem.message}: ${NOT_AGAIN}`, { retryable: false, cause: error });
      throw refused ?? error;
    } finally {
      attempt = undefined;
    }
  };

  return async (pool) => {
    const needsSession = (): boolean =>
      pool.connectionsOpen === pool.connectionsInUse && pool.connectionsOpen < pool.poolMax;
    while (needsSession()) {
      if (refused !== undefined) throw refused;
      if (attempt === undefined) {
        attempt = logIn(pool);
        return attempt;
      }
      await attempt;
    }
    return pool.getConnection();
  };
};
