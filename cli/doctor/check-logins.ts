import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import type { DatabaseLooks } from './database-looks';
import { type Finding, warning, well } from './finding';

type Login = { readonly username: string; readonly appId: string | null };

/** A limit does not bind superusers. On Oracle an account's profile has the limit. */
const UNLIMITED: PerEngine<(db: Database) => Promise<readonly Login[] | undefined>> = {
  pg: async ({ query }) => {
    const { rows } = await query<Login>(
      `SELECT username, app_id AS "appId" FROM login_user JOIN pg_roles ON rolname = username
        WHERE rolcanlogin AND NOT rolsuper AND rolconnlimit < 0 ORDER BY username`,
    );
    return rows;
  },
  oracledb: async () => undefined,
};

const toCommand = ({ username, appId }: Login): string =>
  appId === null
    ? `\`ALTER ROLE "${username}" CONNECTION LIMIT 10\``
    : `\`sms-bridge app set ${appId} --connections 10\``;

/** Finds logins of business systems that may take all connections from the services. */
export const checkLogins = async (db: Database, looks: DatabaseLooks): Promise<readonly Finding[] | Finding> => {
  if (!(await looks.reads('login_user'))) return [];
  const logins = await forEngine(db.engine, UNLIMITED)(db);
  const check = 'database: business logins';
  if (logins === undefined) return [];
  if (logins.length === 0) return well(check, 'each has a limit of connections');
  const names = logins.map(({ username }) => username).join(', ');
  return warning(
    check,
    `may take all connections of the server: ${names}`,
    `Limit them: ${[...new Set(logins.map(toCommand))].join(', ')}`,
  );
};
