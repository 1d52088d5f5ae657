import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import type { MigrationStatements } from '../statements';
import { toGrants } from './grants';
import { createObjectsOnOracle, dropObjectsOnOracle } from './objects-oracle';

/** Matches `SELECT (a, b)`: Oracle grants columns only for INSERT and UPDATE. */
const SELECTED = /\bSELECT \(([^)]*)\)/;

/**
 * Returns the relation to grant on. A role that may not see the hashes in LOGIN_USER gets the view
 * without them, and deletes through the view as well.
 */
const relationOf = (table: string, rights: string): string => {
  const columns = SELECTED.exec(rights)?.[1];
  return table === 'login_user' && columns !== undefined && !columns.includes('api_key_hash')
    ? 'V_LOGIN_USER'
    : table.toUpperCase();
};

/**
 * Translates the privileges of PostgreSQL to Oracle's. SELECT of some columns becomes SELECT of
 * all. A role that may only read gets READ (12.1.0.2), because SELECT on Oracle also allows to lock
 * rows, and the whole table; views are never locked.
 */
const privilegesOf = (table: string, rights: string): string => {
  const privileges = rights.replace(SELECTED, 'SELECT').toUpperCase();
  return privileges === 'SELECT' || table.startsWith('v_') ? privileges.replace('SELECT', 'READ') : privileges;
};

/** Returns the grants of a role in Oracle's syntax; empty for a role that is not the platform's. */
export const grantsOf = (
  role: string,
  mapping: ExchangeMapping,
  grants = toGrants(mapping),
): readonly (readonly [relation: string, privileges: string])[] =>
  Object.entries(grants[role.toLowerCase()] ?? {}).map(
    ([table, rights]) => [relationOf(table, rights), privilegesOf(table, rights)] as const,
  );

export const rolesOf = (mapping: ExchangeMapping): readonly string[] =>
  Object.keys(toGrants(mapping))
    .map((role) => role.toUpperCase())
    .sort();

export const accessOnOracle = (mapping: ExchangeMapping): MigrationStatements => {
  const roles = rolesOf(mapping);
  const grants = Object.keys(toGrants(mapping)).flatMap((role) =>
    grantsOf(role, mapping, toGrants(mapping)).map(
      ([relation, privileges]) => `GRANT ${privileges} ON ${relation} TO ${role.toUpperCase()}`,
    ),
  );
  return {
    up: [...createObjectsOnOracle, ...roles.map((role) => `CREATE ROLE ${role}`), ...grants],
    // Accounts in a role lose it without a check: the owner cannot see the members of a role.
    down: [...roles.map((role) => `DROP ROLE ${role}`), ...dropObjectsOnOracle],
  };
};
