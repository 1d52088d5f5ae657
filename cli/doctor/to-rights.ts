/** One privilege of a role on a relation, or on one column of it. */
export type Right = {
  readonly role: string;
  readonly relation: string;
  readonly privilege: string;
  readonly column: string | null;
};

/**
 * Returns the grants of the migrations that cover the missing rights, which have the form `SELECT
 * on sm_send_t.app_id`. A grant always covers its whole list of privileges on a relation. Pure.
 */
export const toMissingGrants = (
  role: string,
  missing: readonly string[],
  grants: readonly (readonly [relation: string, privileges: string])[],
): readonly string[] =>
  grants
    .filter(([relation]) => missing.some((text) => `${text.replace(/^\w+ on /, '')}.`.startsWith(`${relation}.`)))
    .map(([relation, privileges]) => `GRANT ${privileges} ON ${relation} TO ${role}`);

/** Splits a grant such as `SELECT, UPDATE (a, b)` into single rights. Pure. */
export const toRights = (role: string, relation: string, grant: string): readonly Right[] =>
  [...grant.matchAll(/([A-Z]+)(?:\s*\(([^)]*)\))?/g)].flatMap(([, privilege = '', list]) => {
    const columns: readonly (string | null)[] =
      list === undefined ? [null] : list.split(',').map((name) => name.trim());
    return columns.map((column) => ({ role, relation, privilege, column }));
  });
