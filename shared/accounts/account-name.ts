import { type Engine, forEngine, type PerEngine } from '../database/database';

/** Oracle stores account names in upper case, as sessions report them; so must LOGIN_USER. */
const AS_STORED: PerEngine<(username: string) => string> = {
  pg: (username) => username,
  oracledb: (username) => username.toUpperCase(),
};

/** Returns an account's name as LOGIN_USER holds it. */
export const toAccountName = (engine: Engine, username: string): string => forEngine(engine, AS_STORED)(username);
