import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import type { MigrationStatements } from '../statements';
import { accessOnOracle } from './access-oracle';
import { type Grants, toGrants } from './grants';
import { createAccessObjects, dropAccessObjects } from './objects';

/** What this migration granted when it was released, where more is granted today. */
const BEFORE_0010: Readonly<Record<string, Grants>> = { sms_relay: { sm_send_t_log: 'SELECT (message_id, app_id)' } };

const literal = (names: readonly string[]): string => `ARRAY[${names.map((name) => `'${name}'`).join(', ')}]`;

/** The schemas of tables that are named with one. The others lie in the schema that the migration runs in. */
const schemasOf = (tables: readonly string[]): readonly string[] => [
  ...new Set(tables.filter((table) => table.includes('.')).map((table) => table.split('.')[0]!.toLowerCase())),
];

/**
 * Group roles belong to the whole server, and several of its databases may be migrated, up and down, at the same moment. The grant of USAGE holds
 * a lock on the role until this commits, so from then on nobody can drop it; one that was dropped just before is made again.
 */
const ensureRole = (role: string, schemas: readonly string[]): string => `DO $$
DECLARE
  doing text;
  needed text;
BEGIN
  FOR attempt IN 1..20 LOOP
    BEGIN
      IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '${role}') THEN
        doing := 'CREATE ROLE ${role} NOLOGIN';
        CREATE ROLE ${role} NOLOGIN;
      END IF;
      FOREACH needed IN ARRAY current_schema()::text || ${literal(schemas)}::text[] LOOP
        doing := format('GRANT USAGE ON SCHEMA %I TO ${role}', needed);
        EXECUTE doing;
        -- without the right to grant, the statement only warns
        IF NOT has_schema_privilege('${role}', needed, 'USAGE') THEN
          RAISE insufficient_privilege;
        END IF;
      END LOOP;
      RETURN;
    EXCEPTION
      -- made by another migration, or dropped by one, between two statements
      WHEN duplicate_object OR unique_violation OR undefined_object THEN NULL;
      WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'the migrating account "%" is not allowed to do: %', current_user, doing
          USING ERRCODE = 'insufficient_privilege', HINT = 'Have an administrator of the server do it, or (for roles) give the account CREATEROLE.';
    END;
  END LOOP;
  RAISE EXCEPTION 'the role ${role} is dropped as often as it is created: is another migration running in a loop?';
END $$`;

/**
 * Until this commits, no other database takes its rights from the role: otherwise each of two would see that the other still uses it, and both
 * would leave it behind. (The comment is only there for its lock.)
 */
const lockRole = (role: string): string => `DO $$
BEGIN
  COMMENT ON ROLE ${role} IS 'SMS bridge';
EXCEPTION
  WHEN undefined_object OR insufficient_privilege THEN NULL;
END $$`;

/**
 * Drops a role, unless another database of this server grants it something, accounts are in it (they would silently lose their access, also after
 * the next migration up), or it is not this account's to drop.
 */
const dropRole = (role: string): string => `DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
                  WHERE r.rolname = '${role}' AND m.member <> (SELECT oid FROM pg_roles WHERE rolname = current_user)) THEN
    DROP ROLE ${role};
  END IF;
EXCEPTION
  WHEN dependent_objects_still_exist OR undefined_object OR insufficient_privilege THEN NULL;
END $$`;

/**
 * What PostgreSQL gives to everybody: making objects in the schema of the tables (before version 15), and temporary ones in the database. Taken
 * only from a database that is this account's own; where it is somebody else's, it is his to decide.
 */
const forEverybody = (change: 'REVOKE' | 'GRANT'): string => `DO $$
BEGIN
  IF pg_has_role(current_user, (SELECT datdba FROM pg_database WHERE datname = current_database()), 'USAGE') THEN
    EXECUTE format('${change} TEMPORARY ON DATABASE %I ${change === 'REVOKE' ? 'FROM' : 'TO'} PUBLIC', current_database());
  END IF;
  ${change === 'REVOKE' ? `EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', current_schema());` : ''}
END $$`;

const revokeUsage = (role: string, schemas: readonly string[]): string => `DO $$
DECLARE
  used text;
BEGIN
  FOREACH used IN ARRAY current_schema()::text || ${literal(schemas)}::text[] LOOP
    EXECUTE format('REVOKE USAGE ON SCHEMA %I FROM ${role}', used);
  END LOOP;
END $$`;

const accessOnPostgres = (names: ExchangeNames): MigrationStatements => {
  // always in this order: two migrations that wait for each other's roles would be a deadlock
  const roles = Object.entries(toGrants(names))
    .map(([role, grants]) => [role, { ...grants, ...BEFORE_0010[role] }] as const)
    .map(([role, grants]) => ({ role, grants: Object.entries(grants), schemas: schemasOf(Object.keys(grants)) }))
    .sort((a, b) => (a.role < b.role ? -1 : 1));
  const relations = new Set(roles.flatMap(({ grants }) => grants.map(([relation]) => relation)));
  return {
    up: [
      forEverybody('REVOKE'),
      ...createAccessObjects,
      ...roles.map(({ role, schemas }) => ensureRole(role, schemas)),
      ...roles.flatMap(({ role, grants }) =>
        grants.map(([relation, what]) => `GRANT ${what} ON ${relation} TO ${role}`),
      ),
    ],
    down: [
      ...roles.map(({ role }) => lockRole(role)),
      `REVOKE ALL ON ${[...relations].join(', ')} FROM ${roles.map(({ role }) => role).join(', ')}`,
      ...roles.map(({ role, schemas }) => revokeUsage(role, schemas)),
      ...roles.map(({ role }) => dropRole(role)),
      ...dropAccessObjects,
      // CREATE on the schema is not given back: nobody knows any more whether it was there
      forEverybody('GRANT'),
    ],
  };
};

/** Roles with the rights their statements need and no others, the business accounts' views, and the trigger that completes their rows. */
export const createAccess = { pg: accessOnPostgres, oracledb: accessOnOracle };
