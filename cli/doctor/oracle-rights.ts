import { rolesOf } from '../../migrations/0002-access/access-oracle';
import { allGrantsOf } from '../../migrations/all-grants';
import type { Database } from '../../shared/database/database';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import type { RoleRights } from './database-looks';
import type { Standing } from './oracle-standing';
import { type Right, toMissingGrants, toRights } from './to-rights';
import { unlessHidden } from './unless-hidden';

export const expectedRights = (role: string, mapping: ExchangeMapping): readonly Right[] =>
  allGrantsOf(role, mapping).flatMap(([relation, privileges]) => toRights(role, relation, privileges));

const keyOf = ({ role, relation, privilege, column }: Right): string =>
  [role, relation, privilege, column ?? ''].join(' ');

/**
 * Returns the expected rights that are not given. A right on the whole table includes its columns,
 * and SELECT includes READ. Pure.
 */
export const findMissingRights = (expected: readonly Right[], given: readonly Right[]): readonly Right[] => {
  // A grant may name the table with or without its owner.
  const keys = new Set(
    given.flatMap((right) => [keyOf(right), keyOf({ ...right, relation: right.relation.replace(/^[^.]*\./, '') })]),
  );
  const isGiven = (right: Right): boolean => keys.has(keyOf(right)) || keys.has(keyOf({ ...right, column: null }));
  return expected.filter(
    (right) => !isGiven(right) && !(right.privilege === 'READ' && isGiven({ ...right, privilege: 'SELECT' })),
  );
};

/** The owner sees the rights that it granted; another account those of its own roles. */
const GIVEN = `
SELECT ROLE AS GRANTEE, OWNER, TABLE_NAME, COLUMN_NAME, PRIVILEGE FROM ROLE_TAB_PRIVS
UNION
SELECT GRANTEE, OWNER, TABLE_NAME, NULL AS COLUMN_NAME, PRIVILEGE FROM USER_TAB_PRIVS
UNION
SELECT GRANTEE, OWNER, TABLE_NAME, COLUMN_NAME, PRIVILEGE FROM USER_COL_PRIVS`;

type GivenRow = {
  readonly grantee: string;
  readonly owner: string;
  readonly table_name: string;
  readonly column_name: string | null;
  readonly privilege: string;
};

const toText = ({ privilege, relation, column }: Right): string =>
  `${privilege} on ${relation}${column === null ? '' : `.${column}`}`;

/**
 * Loads the rights of the platform's roles: of all of them for the owner, of its own for any other
 * account.
 * @throws BridgeError DB_…
 */
export const readRoleRights = async (
  { oracle }: Database,
  mapping: ExchangeMapping,
  standing: Standing,
): Promise<readonly RoleRights[]> => {
  const roles = standing.owner ? rolesOf(mapping) : standing.roles;
  const { rows } = await oracle.execute<GivenRow>(GIVEN);
  const given = rows.map((row) => ({
    role: row.grantee,
    relation: `${row.owner}.${row.table_name}`,
    privilege: row.privilege,
    column: row.column_name,
  }));
  const members = await unlessHidden(
    oracle.execute<{ granted_role: string; n: string }>(
      `SELECT GRANTED_ROLE, COUNT(*) AS N FROM DBA_ROLE_PRIVS WHERE GRANTED_ROLE LIKE 'SMS/_%' ESCAPE '/' GROUP BY GRANTED_ROLE`,
    ),
  );
  const logins = new Map(members?.rows.map(({ granted_role, n }) => [granted_role, Number(n)]));
  return [...roles].sort().map((role) => {
    const missing = findMissingRights(expectedRights(role, mapping), given).map(toText);
    return {
      role,
      there: standing.roles.includes(role) || given.some((right) => right.role === role),
      logins: members === undefined ? null : (logins.get(role) ?? 0),
      missing,
      grants: toMissingGrants(role, missing, allGrantsOf(role, mapping)),
    };
  });
};
