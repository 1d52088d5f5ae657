import { BridgeError } from '../../shared/errors';

/** What an account may not look at is not there for it: undefined then. @throws BridgeError any other DB_… */
export const unlessHidden = async <T>(look: Promise<T>): Promise<T | undefined> => {
  try {
    return await look;
  } catch (error) {
    if (error instanceof BridgeError && ['DB_SCHEMA', 'DB_DENIED'].includes(error.code)) return undefined;
    throw error;
  }
};
