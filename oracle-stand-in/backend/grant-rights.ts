import { OracleError } from '../sql/oracle-error';
import type { ServerWorld } from './server-world';

/** Tells whether the user holds a role WITH ADMIN OPTION, like its creator, and may drop it. */
export const mayGrantRole = async ({ admin }: ServerWorld, user: string, role: string): Promise<boolean> => {
  const { rows } = await admin.query(
    'SELECT 1 FROM ora.granted_roles WHERE grantee = $1 AND granted_role = $2 AND admin_option',
    [user, role],
  );
  return rows.length > 0;
};

const mayGrantPrivilege = async ({ admin }: ServerWorld, user: string, privilege: string): Promise<boolean> => {
  const { rows } = await admin.query('SELECT 1 FROM ora.admin_options WHERE grantee = $1 AND privilege = $2', [
    user,
    privilege,
  ]);
  return rows.length > 0;
};

/**
 * Requires the right to pass on a system privilege or a role: ADMIN OPTION on it, or the privilege
 * to grant any.
 */
export const requireAdminOption = async (
  world: ServerWorld,
  user: string,
  name: string,
  isRole: boolean,
): Promise<void> => {
  const held = await world.accounts.privilegesOf(user);
  if (held.has('DBA') || held.has(isRole ? 'GRANT ANY ROLE' : 'GRANT ANY PRIVILEGE')) return;
  if (await (isRole ? mayGrantRole : mayGrantPrivilege)(world, user, name)) return;
  throw isRole
    ? new OracleError(1932, `ADMIN option not granted for role '${name}'`)
    : new OracleError(1031, 'insufficient privileges');
};

/** Records whether an account may pass on a system privilege. */
export const setAdminOption = async (
  world: ServerWorld,
  grantee: string,
  privilege: string,
  has: boolean,
): Promise<void> => {
  await world.admin.query(
    has
      ? 'INSERT INTO ora.admin_options VALUES ($1, $2) ON CONFLICT DO NOTHING'
      : 'DELETE FROM ora.admin_options WHERE grantee = $1 AND privilege = $2',
    [grantee, privilege],
  );
};
