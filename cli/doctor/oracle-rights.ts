import { rolesOf } from '../../migrations/0002-access/access-oracle';
import { allGrantsOf } from '../../migrations/all-grants';
import type { Database } from '../../shared/database/database';
import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import type { RoleRights } from './database-looks';
import type { Standing } from './oracle-standing';
import { type Right, toMissingGrants, toRights } from './to-rights';
import { unlessHidden } from './unless-hidden';

/** What a role should be allowed, in Oracle's words. Pure. */
export const expectedRights = (role: string, names: ExchangeNames): readonly Right[] =>
  allGrantsOf(role, names).flatMap(([relation, privileges]) => toRights(role, relation, privileges));

const keyOf = ({ role, relation, privilege, column }: Right): string =>
  [role, relation, privilege, column ?? ''].join(' ');

/** Those of the first that the second do not give, also not for a whole table instead of a column, or as SELECT, which is READ and more. Pure. */
export const findMissingRights = (expected: readonly Right[], given: readonly Right[]): readonly Right[] => {
  // a table is granted by its name with its owner's, or without
  const keys = new Set(
    given.flatMap((right) => [keyOf(right), keyOf({ ...right, relation: right.relation.replace(/^[^.]*\./, '') })]),
  );
  const isGiven = (right: Right): boolean => keys.has(keyOf(right)) || keys.has(keyOf({ ...right, column: null }));
  return expected.filter(
    (right) => !isGiven(right) && !(right.privilege === 'READ' && isGiven({ ...right, privilege: 'SELECT' })),
  );
};

/** The owner sees what he granted, everybody else what the own roles have. */
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

/** @throws BridgeError DB_… */
export const readRoleRights = async (
  { oracle }: Database,
  names: ExchangeNames,
  standing: Standing,
): Promise<readonly RoleRights[]> => {
  const roles = standing.owner ? rolesOf(names) : standing.roles;
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
    const missing = findMissingRights(expectedRights(role, names), given).map(toText);
    return {
      role,
      there: standing.roles.includes(role) || given.some((right) => right.role === role),
      logins: members === undefined ? null : (logins.get(role) ?? 0),
      missing,
      grants: toMissingGrants(role, missing, allGrantsOf(role, names)),
    };
  });
};
