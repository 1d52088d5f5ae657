import { type Engine, forEngine, type PerEngine } from '../database/database';

/**
 * Oracle stores account names in upper case. LOGIN_USER must hold them as the session reports them.
 */
const AS_STORED: PerEngine<(username: string) => string> = {
  pg: (username) => username,
  oracledb: (username) => username.toUpperCase(),
};

/** Returns an account's name as LOGIN_USER holds it. */
export const toAccountName = (engine: Engine, username: string): string => forEngine(engine, AS_STORED)(username);
