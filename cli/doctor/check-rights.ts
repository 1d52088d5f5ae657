import { toGrants } from '../../migrations/0002-access-grants';
import type { Database } from '../../services/shared/database/open-database';
import type { ExchangeNames } from '../../services/shared/exchange/exchange-names';
import { broken, type Finding, well } from './finding';

/** One privilege of a role on a relation, or on one column of it. */
export type Right = {
  readonly role: string;
  readonly relation: string;
  readonly privilege: string;
  readonly column: string | null;
};

/** `SELECT, UPDATE (a, b)` as single rights. Pure. */
export const toRights = (role: string, relation: string, grant: string): readonly Right[] =>
  [...grant.matchAll(/([A-Z]+)(?:\s*\(([^)]*)\))?/g)].flatMap(([, privilege = '', list]) => {
    const columns: readonly (string | null)[] =
      list === undefined ? [null] : list.split(',').map((name) => name.trim());
    return columns.map((column) => ({ role, relation, privilege, column }));
  });

type RightRow = { readonly role: string; readonly there: boolean; readonly logins: number; readonly missing: string[] };

/**
 * Which of the rights that the migrations gave are not there (any more): somebody revoked them, or recreated a table.
 * A superuser's own rights say nothing here, only those of the group roles.
 */
export const checkRights = async (db: Database, names: ExchangeNames): Promise<readonly Finding[]> => {
  const rights = Object.entries(toGrants(names)).flatMap(([role, grants]) =>
    Object.entries(grants).flatMap(([relation, grant]) => toRights(role, relation, grant)),
  );
  const { rows } = await db.query<RightRow>(
    `SELECT w.role, bool_and(r.oid IS NOT NULL) AS there,
            (SELECT count(*) FROM pg_auth_members m WHERE m.roleid = max(r.oid::bigint)::oid)::int AS logins,
            coalesce(array_agg(w.privilege || ' on ' || w.relation || coalesce('.' || w.col, '')) FILTER (WHERE NOT (
              CASE WHEN r.oid IS NULL OR to_regclass(w.relation) IS NULL THEN false
                   WHEN w.col IS NULL THEN has_table_privilege(r.oid, to_regclass(w.relation), w.privilege)
                   WHEN NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = to_regclass(w.relation) AND a.attname = lower(w.col)) THEN false
                   ELSE has_column_privilege(r.oid, to_regclass(w.relation), lower(w.col), w.privilege) END)), '{}') AS missing
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS w (role, relation, privilege, col)
       LEFT JOIN pg_roles r ON r.rolname = w.role
      GROUP BY w.role ORDER BY w.role`,
    [
      rights.map(({ role }) => role),
      rights.map(({ relation }) => relation),
      rights.map(({ privilege }) => privilege),
      rights.map(({ column }) => column),
    ],
  );
  return rows.map(({ role, there, logins, missing }): Finding => {
    const check = `rights: ${role}`;
    if (!there) return broken(check, 'no such role', 'Run `sms-bridge migrate` as an account that may create roles.');
    if (missing.length > 0) {
      const shown =
        missing.length > 3 ? `${missing.slice(0, 3).join(', ')} and ${missing.length - 3} more` : missing.join(', ');
      return broken(
        check,
        `may not ${shown}`,
        `GRANT what is missing to ${role}, as migrations/0002-access-grants.ts lists it.`,
      );
    }
    return well(check, `complete, ${logins} account${logins === 1 ? '' : 's'} in it`);
  });
};
