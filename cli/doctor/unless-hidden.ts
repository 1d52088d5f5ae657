import { BridgeError } from '../../shared/errors';

/**
 * Returns undefined when the account lacks the privilege (DB_DENIED) or the object is invisible to
 * it (DB_SCHEMA).
 * @throws BridgeError any other DB_…
 */
export const unlessHidden = async <T>(look: Promise<T>): Promise<T | undefined> => {
  try {
    return await look;
  } catch (error) {
    if (error instanceof BridgeError && ['DB_SCHEMA', 'DB_DENIED'].includes(error.code)) return undefined;
    throw error;
  }
};
