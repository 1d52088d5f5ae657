import { rolesOf } from '../../migrations/0002-access/access-oracle';
import { allGrantsOf } from '../../migrations/all-grants';
import type { Database } from '../../shared/database/database';
import type { ExchangeNames } from '../../shared/exchange/exchange-names';

type Synonym = { readonly name: string; readonly owner: string };
type Granted = { readonly owner: string; readonly name: string };

/** Roles of ours whose synonyms these are, or most nearly. Pure. */
export const rolesBySynonyms = (synonyms: readonly string[], names: ExchangeNames): readonly string[] => {
  const distances = rolesOf(names).map((role) => {
    const relations = new Set(allGrantsOf(role, names).map(([relation]) => relation.replace(/^.*\./, '')));
    const common = synonyms.filter((name) => relations.has(name)).length;
    return { role, common, distance: relations.size + synonyms.length - 2 * common };
  });
  const near = distances.filter(({ common }) => common > 0);
  const least = Math.min(...near.map(({ distance }) => distance));
  return near.filter(({ distance }) => distance === least).map(({ role }) => role);
};

/**
 * What a DBA runs so that an account sees these relations, which its roles are meant to: a synonym, or the right behind it. Empty when nothing tells who
 * their owner is. Pure.
 */
export const toRepairs = (
  account: string,
  missing: readonly string[],
  { roles, names }: { readonly roles: readonly string[]; readonly names: ExchangeNames },
  { synonyms, granted }: { readonly synonyms: readonly Synonym[]; readonly granted: readonly Granted[] },
): readonly string[] => {
  const home = granted[0]?.owner ?? synonyms[0]?.owner;
  if (home === undefined) return [];
  return missing.flatMap((relation) => {
    const bare = relation.replace(/^.*\./, '');
    const qualified = relation.includes('.') ? relation : `${home}.${relation}`;
    const isGranted = granted.some(({ owner, name }) => `${owner}.${name}` === qualified);
    const grants = roles.flatMap((role) =>
      allGrantsOf(role, names)
        .filter(([granted]) => granted === relation && !isGranted)
        .map(([, privileges]) => `GRANT ${privileges} ON ${qualified} TO ${role}`),
    );
    const isNamed = relation.includes('.') || synonyms.some(({ name }) => name === bare);
    return [...grants, ...(isNamed ? [] : [`CREATE OR REPLACE SYNONYM ${account}.${bare} FOR ${qualified}`])];
  });
};

/** @throws BridgeError DB_… */
export const readRepairs = async (
  { oracle }: Database,
  account: string,
  missing: readonly string[],
  of: { readonly roles: readonly string[]; readonly names: ExchangeNames },
): Promise<readonly string[]> => {
  const synonyms = await oracle.execute<Synonym>(
    'SELECT SYNONYM_NAME AS NAME, TABLE_OWNER AS OWNER FROM USER_SYNONYMS',
  );
  const granted = await oracle.execute<Granted>('SELECT DISTINCT OWNER, TABLE_NAME AS NAME FROM ROLE_TAB_PRIVS');
  // somebody else's role, DBA for one, has rights on everything
  const ours = new Set(of.roles.flatMap((role) => allGrantsOf(role, of.names).map(([relation]) => relation)));
  return toRepairs(account, [...new Set(missing)], of, {
    synonyms: synonyms.rows,
    granted: granted.rows.filter(({ name }) => ours.has(name)),
  });
};
