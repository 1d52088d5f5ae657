import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import type { MigrationStatements } from '../statements';
import { accessOnOracle } from './access-oracle';
import { type Grants, toGrants } from './grants';
import { createAccessObjects, dropAccessObjects } from './objects';

/** Rights as this migration was released, where `toGrants` contains more today. */
const BEFORE_0010: Readonly<Record<string, Grants>> = { sms_relay: { sm_send_t_log: 'SELECT (message_id, app_id)' } };

const literal = (names: readonly string[]): string => `ARRAY[${names.map((name) => `'${name}'`).join(', ')}]`;

/**
 * Returns the schemas of tables that are configured with one. The others are in the schema that the
 * migration runs in.
 */
const schemasOf = (tables: readonly string[]): readonly string[] => [
  ...new Set(tables.filter((table) => table.includes('.')).map((table) => table.split('.')[0]!.toLowerCase())),
];

/**
 * Creates a role if it is missing. Group roles belong to the whole server, and several of its
 * databases may be migrated at the same time, up or down. GRANT USAGE holds a lock on the role
 * until the commit, so that no other session can drop it from then on; a role that was dropped just
 * before is created again.
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
 * Locks a role until the commit, so that no other database revokes its rights from it meanwhile.
 * Otherwise each of two databases would see that the other still uses the role, and neither would
 * drop it. The comment is written only for its lock.
 */
const lockRole = (role: string): string => `DO $$
BEGIN
  COMMENT ON ROLE ${role} IS 'SMS bridge';
EXCEPTION
  WHEN undefined_object OR insufficient_privilege THEN NULL;
END $$`;

/**
 * Drops a role, except in three cases: another database of this server still grants it rights;
 * accounts are in it, which would silently lose their access, even after the next migration up; or
 * this account may not drop it.
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
 * Revokes or restores rights that PostgreSQL gives to PUBLIC: creating objects in the schema of the
 * tables (before version 15) and temporary objects in the database. Changes only a database of this
 * account: in another one its owner decides.
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

const accessOnPostgres = (mapping: ExchangeMapping): MigrationStatements => {
  // Always in the same order: otherwise two migrations could deadlock on each other's roles.
  const roles = Object.entries(toGrants(mapping))
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
      // CREATE on the schema is not granted again, because it is unknown whether PUBLIC had it.
      forEverybody('GRANT'),
    ],
  };
};

/**
 * Creates roles with exactly the rights that their statements need, the views of the business
 * accounts, and the trigger that completes their rows.
 */
export const createAccess = { pg: accessOnPostgres, oracledb: accessOnOracle };
