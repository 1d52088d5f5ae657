import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { swapCase } from '../sql/names';
import { OracleError } from '../sql/oracle-error';
import { ADMINISTRATORS_VIEWS } from './catalog-tables';

export type Account = {
  readonly username: string;
  readonly roleName: string;
  readonly password: string | null;
  readonly locked: boolean;
};

/**
 * Default privileges of an application owner in tests: Oracle's RESOURCE, and what owners usually
 * get in addition.
 */
export const OWNER_PRIVILEGES = [
  'CREATE SESSION',
  'CREATE TABLE',
  'CREATE VIEW',
  'CREATE SEQUENCE',
  'CREATE SYNONYM',
  'CREATE TRIGGER',
  'CREATE PROCEDURE',
  'UNLIMITED TABLESPACE',
] as const;

/** Roles that every database has, with the privileges that they contain. */
export const PREDEFINED_ROLES: Readonly<Record<string, readonly string[]>> = {
  CONNECT: ['CREATE SESSION'],
  RESOURCE: ['CREATE TABLE', 'CREATE SEQUENCE', 'CREATE TRIGGER', 'CREATE PROCEDURE'],
  DBA: ['DBA'],
  SELECT_CATALOG_ROLE: ['SELECT ANY DICTIONARY'],
};

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Contains a digest of the database, because all databases of a PostgreSQL share its roles. */
const toRoleName = (database: string, username: string): string =>
  `o${createHash('sha256').update(database).digest('hex').slice(0, 8)}_${swapCase(username)}`.slice(0, 63);

const dropSchema = async (reader: Pool, username: string, cascade: boolean): Promise<void> => {
  const { rows } = await reader.query(
    'SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 LIMIT 1',
    [swapCase(username)],
  );
  if (rows.length > 0 && !cascade) throw new OracleError(1922, `CASCADE must be specified to drop '${username}'`);
  await reader.query(`DROP SCHEMA IF EXISTS ${quote(swapCase(username))} CASCADE`);
};

/** Deletes the records of a user or role. */
const forget = async (reader: Pool, username: string): Promise<void> => {
  await reader.query('DELETE FROM ora.accounts WHERE username = $1', [username]);
  for (const table of ['system_privileges', 'granted_roles', 'read_grants', 'admin_options'])
    await reader.query(`DELETE FROM ora.${table} WHERE grantee = $1`, [username]);
  await reader.query('DELETE FROM ora.granted_roles WHERE granted_role = $1', [username]);
  for (const table of ['synonyms', 'sources', 'code_errors', 'placements'])
    await reader.query(`DELETE FROM ora.${table} WHERE owner = $1`, [username]);
  await reader.query('DELETE FROM ora.quotas WHERE username = $1', [username]);
};

const grantPrivileges = async (reader: Pool, grantee: string, privileges: readonly string[]): Promise<void> => {
  for (const privilege of privileges)
    await reader.query('INSERT INTO ora.system_privileges VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      grantee,
      privilege,
    ]);
};

/** Returns an account's privileges, including those of its roles and of their roles. */
const privilegesOf = async (reader: Pool, username: string): Promise<ReadonlySet<string>> => {
  const { rows } = await reader.query(
    `WITH RECURSIVE held (name) AS (SELECT $1::text UNION SELECT g.granted_role FROM ora.granted_roles g JOIN held h ON h.name = g.grantee)
     SELECT p.privilege FROM ora.system_privileges p JOIN held h ON h.name = p.grantee`,
    [username],
  );
  return new Set(rows.map((row) => row.privilege as string));
};

export type Accounts = ReturnType<typeof createAccounts>;

/** Creates the store of users and roles: a PostgreSQL role for each, and a schema for each user. */
export const createAccounts = (reader: Pool, database: string) => {
  const find = async (username: string): Promise<Account | undefined> => {
    const { rows } = await reader.query(
      'SELECT username, role_name, password, locked FROM ora.accounts WHERE username = $1',
      [username],
    );
    const [row] = rows;
    return row && { username: row.username, roleName: row.role_name, password: row.password, locked: row.locked };
  };
  const mustFind = async (username: string, isRole = false): Promise<Account> => {
    const account = await find(username);
    if (account === undefined) {
      throw isRole
        ? new OracleError(1919, `role '${username}' does not exist`)
        : new OracleError(1918, `user '${username}' does not exist`);
    }
    return account;
  };
  const create = async (
    username: string,
    options: { readonly password?: string; readonly isRole?: boolean; readonly locked?: boolean },
  ) => {
    if ((await find(username)) !== undefined) {
      throw options.isRole
        ? new OracleError(1921, `role name '${username}' conflicts with another user or role name`)
        : new OracleError(1920, `user name '${username}' conflicts with another user or role name`);
    }
    const roleName = toRoleName(database, username);
    await reader.query(`DO $$ BEGIN CREATE ROLE ${quote(roleName)}; EXCEPTION WHEN duplicate_object THEN NULL; END $$`);
    await reader.query(
      'INSERT INTO ora.accounts (username, role_name, password, is_role, locked) VALUES ($1, $2, $3, $4, $5)',
      [username, roleName, options.password ?? null, options.isRole ?? false, options.locked ?? false],
    );
    if (options.isRole) return;
    // As in Oracle, access is granted object by object, not by schema.
    await reader.query(`CREATE SCHEMA IF NOT EXISTS ${quote(swapCase(username))}`);
    await reader.query(`GRANT USAGE ON SCHEMA ${quote(swapCase(username))} TO PUBLIC`);
  };
  return {
    find,
    mustFind,
    create,
    drop: async (username: string, cascade: boolean, isRole: boolean): Promise<void> => {
      const { roleName } = await mustFind(username, isRole);
      if (!isRole) await dropSchema(reader, username, cascade);
      await reader.query(`DROP OWNED BY ${quote(roleName)} CASCADE`);
      // A role that came with a copy of another database also belongs to the other copies.
      if (roleName === toRoleName(database, username)) await reader.query(`DROP ROLE ${quote(roleName)}`);
      await forget(reader, username);
    },
    set: async (username: string, change: { readonly password?: string; readonly locked?: boolean }): Promise<void> => {
      await mustFind(username);
      await reader.query(
        'UPDATE ora.accounts SET password = coalesce($2, password), locked = coalesce($3, locked) WHERE username = $1',
        [username, change.password ?? null, change.locked ?? null],
      );
    },
    grantPrivileges: async (grantee: string, privileges: readonly string[]): Promise<void> => {
      await grantPrivileges(reader, grantee, privileges);
      if (!privileges.some((privilege) => ['DBA', 'SELECT ANY DICTIONARY'].includes(privilege))) return;
      const { roleName } = await mustFind(grantee);
      await reader.query(`DO $$ DECLARE v regclass; BEGIN
        FOR v IN ${ADMINISTRATORS_VIEWS} LOOP EXECUTE format('GRANT SELECT ON %s TO ${quote(roleName)}', v); END LOOP; END $$`);
    },
    privilegesOf: (username: string) => privilegesOf(reader, username),
  };
};
