import { type Engine, forEngine, type PerEngine } from '../database/database';

/** Oracle has the names of its accounts in upper case; LOGIN_USER must have them as the session says who it is. */
const AS_STORED: PerEngine<(username: string) => string> = {
  pg: (username) => username,
  oracledb: (username) => username.toUpperCase(),
};

/** An account's name as LOGIN_USER holds it. */
export const toAccountName = (engine: Engine, username: string): string => forEngine(engine, AS_STORED)(username);
