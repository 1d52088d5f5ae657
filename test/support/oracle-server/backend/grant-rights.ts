import { OracleError } from '../sql/oracle-error';
import type { ServerWorld } from './server-world';

/** Who grants or revokes. */
export type Granter = { readonly user: string; readonly held: ReadonlySet<string> };

/** A system privilege or a role is passed on by who has it WITH ADMIN OPTION, or may grant any. */
export const requireAdminOption = async (
  world: ServerWorld,
  { user, held }: Granter,
  name: string,
  isRole: boolean,
): Promise<void> => {
  if (held.has('DBA') || held.has(isRole ? 'GRANT ANY ROLE' : 'GRANT ANY PRIVILEGE')) return;
  const { rowCount } = await world.admin.query('SELECT 1 FROM ora.admin_options WHERE grantee = $1 AND name = $2', [
    user,
    name,
  ]);
  if (rowCount !== 0) return;
  throw isRole
    ? new OracleError(1932, `ADMIN option not granted for role '${name}'`)
    : new OracleError(1031, 'insufficient privileges');
};

/** Remembers or forgets an ADMIN OPTION. */
export const setAdminOption = async (
  world: ServerWorld,
  grantee: string,
  name: string,
  has: boolean,
): Promise<void> => {
  await world.admin.query(
    has
      ? 'INSERT INTO ora.admin_options VALUES ($1, $2) ON CONFLICT DO NOTHING'
      : 'DELETE FROM ora.admin_options WHERE grantee = $1 AND name = $2',
    [grantee, name],
  );
};

/** Rights on a table are given by its owner, by who has them WITH GRANT OPTION, or may grant any. What one sees nothing of is not there. */
export const requireGrantOption = async (
  world: ServerWorld,
  { user, held }: Granter,
  owner: string,
  table: string,
): Promise<void> => {
  if (owner === user || owner === 'SYS' || held.has('DBA') || held.has('GRANT ANY OBJECT PRIVILEGE')) return;
  const { rows } = await world.admin.query(
    `SELECT count(*)::int AS rights, coalesce(bool_or(x.is_grantable), false) AS grantable
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN aclexplode(c.relacl) x JOIN pg_roles r ON r.oid = x.grantee
       JOIN ora.accounts a ON a.role_name = r.rolname
      WHERE n.nspname = ora.swap_case($1) AND c.relname = ora.swap_case($2) AND a.username = $3`,
    [owner, table, user],
  );
  if (rows[0].grantable) return;
  throw rows[0].rights > 0
    ? new OracleError(1031, 'insufficient privileges')
    : new OracleError(942, 'table or view does not exist');
};
