import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import type { MigrationStatements } from '../statements';
import { toGrants } from './grants';
import { createObjectsOnOracle, dropObjectsOnOracle } from './objects-oracle';

/** `SELECT (a, b)`: Oracle knows columns for INSERT and UPDATE only. */
const SELECTED = /\bSELECT \(([^)]*)\)/;

/** What a right is granted on: of LOGIN_USER, who may not see the hashes of the keys gets the view without them, and deletes through it too. */
const relationOf = (table: string, rights: string): string => {
  const columns = SELECTED.exec(rights)?.[1];
  return table === 'login_user' && columns !== undefined && !columns.includes('api_key_hash')
    ? 'V_LOGIN_USER'
    : table.toUpperCase();
};

/**
 * The rights of PostgreSQL in Oracle's words: SELECT of some columns becomes SELECT of them all. Who may only look gets READ (12.1.0.2), because Oracle's
 * SELECT lets lock rows, and the whole table, too.
 */
const privilegesOf = (rights: string): string => {
  const privileges = rights.replace(SELECTED, 'SELECT').toUpperCase();
  return privileges === 'SELECT' ? 'READ' : privileges;
};

/** What a role is granted, in Oracle's words; empty for a role that is none of ours. */
export const grantsOf = (
  role: string,
  names: ExchangeNames,
  grants = toGrants(names),
): readonly (readonly [relation: string, privileges: string])[] =>
  Object.entries(grants[role.toLowerCase()] ?? {}).map(
    ([table, rights]) => [relationOf(table, rights), privilegesOf(rights)] as const,
  );

/** The group roles, in the order of their names. */
export const rolesOf = (names: ExchangeNames): readonly string[] =>
  Object.keys(toGrants(names))
    .map((role) => role.toUpperCase())
    .sort();

export const accessOnOracle = (names: ExchangeNames): MigrationStatements => {
  const roles = rolesOf(names);
  const grants = Object.keys(toGrants(names)).flatMap((role) =>
    grantsOf(role, names, toGrants(names)).map(
      ([relation, privileges]) => `GRANT ${privileges} ON ${relation} TO ${role.toUpperCase()}`,
    ),
  );
  return {
    up: [...createObjectsOnOracle, ...roles.map((role) => `CREATE ROLE ${role}`), ...grants],
    // accounts in a role lose it: the owner cannot see who they are
    down: [...roles.map((role) => `DROP ROLE ${role}`), ...dropObjectsOnOracle],
  };
};
