import { businessProfileStatements } from '../../migrations/oracle/oracle-dba';
import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import { usageError } from '../report-error';

type LimitConnections = (db: Database, appId: string, connections: number) => Promise<readonly string[]>;

const LIMIT: PerEngine<LimitConnections> = {
  pg: async ({ query }, appId, connections) => {
    // ALTER ROLE takes no bind variables, so the server builds its text and quotes the name.
    const { rows } = await query<{ username: string; text: string }>(
      `SELECT username, format('ALTER ROLE %I CONNECTION LIMIT %s', username, $2::int) AS text
         FROM login_user JOIN pg_roles ON rolname = username WHERE app_id = $1 ORDER BY username`,
      [appId, connections],
    );
    for (const { text } of rows) await query(text);
    return rows.map(({ username }) => username);
  },
  oracledb: async () => {
    throw usageError(
      `on Oracle an account's profile limits its sessions; a DBA runs (the first only once): ${businessProfileStatements('<account>').join('; ')}`,
    );
  },
};

/**
 * Limits the sessions that each database login of an application may have at a time. Sessions that
 * are open stay. Returns the logins.
 * @throws BridgeError USAGE on Oracle, DB_DENIED when this account did not create them, DB_…
 */
export const limitConnections: LimitConnections = (db, appId, connections) =>
  forEngine(db.engine, LIMIT)(db, appId, connections);
