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
