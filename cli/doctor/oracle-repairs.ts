import { rolesOf } from '../../migrations/0002-access/access-oracle';
import { allGrantsOf } from '../../migrations/all-grants';
import type { Database } from '../../shared/database/database';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';

type Synonym = { readonly name: string; readonly owner: string };
type Granted = { readonly owner: string; readonly name: string };

/**
 * Returns the platform's roles whose relations match these synonyms best; empty when none has a
 * relation in common. Pure.
 */
export const rolesBySynonyms = (synonyms: readonly string[], mapping: ExchangeMapping): readonly string[] => {
  const distances = rolesOf(mapping).map((role) => {
    const relations = new Set(allGrantsOf(role, mapping).map(([relation]) => relation.replace(/^.*\./, '')));
    const common = synonyms.filter((name) => relations.has(name)).length;
    return { role, common, distance: relations.size + synonyms.length - 2 * common };
  });
  const near = distances.filter(({ common }) => common > 0);
  const least = Math.min(...near.map(({ distance }) => distance));
  return near.filter(({ distance }) => distance === least).map(({ role }) => role);
};

/**
 * Returns statements for a DBA that let an account see relations its roles are meant to see: a
 * missing synonym, or a missing right. Returns none when the owner of the relations cannot be
 * derived. Pure.
 */
export const toRepairs = (
  account: string,
  missing: readonly string[],
  { roles, mapping }: { readonly roles: readonly string[]; readonly mapping: ExchangeMapping },
  { synonyms, granted }: { readonly synonyms: readonly Synonym[]; readonly granted: readonly Granted[] },
): readonly string[] => {
  const home = granted[0]?.owner ?? synonyms[0]?.owner;
  if (home === undefined) return [];
  return missing.flatMap((relation) => {
    const bare = relation.replace(/^.*\./, '');
    const qualified = relation.includes('.') ? relation : `${home}.${relation}`;
    const isGranted = granted.some(({ owner, name }) => `${owner}.${name}` === qualified);
    const grants = roles.flatMap((role) =>
      allGrantsOf(role, mapping)
        .filter(([granted]) => granted === relation && !isGranted)
        .map(([, privileges]) => `GRANT ${privileges} ON ${qualified} TO ${role}`),
    );
    const isNamed = relation.includes('.') || synonyms.some(({ name }) => name === bare);
    return [...grants, ...(isNamed ? [] : [`CREATE OR REPLACE SYNONYM ${account}.${bare} FOR ${qualified}`])];
  });
};

/**
 * Loads synonyms and rights of the session's account and returns the repairs for these relations.
 * @throws BridgeError DB_…
 */
export const readRepairs = async (
  { oracle }: Database,
  account: string,
  missing: readonly string[],
  platform: { readonly roles: readonly string[]; readonly mapping: ExchangeMapping },
): Promise<readonly string[]> => {
  const synonyms = await oracle.execute<Synonym>(
    'SELECT SYNONYM_NAME AS NAME, TABLE_OWNER AS OWNER FROM USER_SYNONYMS',
  );
  const granted = await oracle.execute<Granted>('SELECT DISTINCT OWNER, TABLE_NAME AS NAME FROM ROLE_TAB_PRIVS');
  // Other roles of the account, such as DBA, have rights on every table; only the platform's
  // relations tell the owner.
  const ours = new Set(
    platform.roles.flatMap((role) => allGrantsOf(role, platform.mapping).map(([relation]) => relation)),
  );
  return toRepairs(account, [...new Set(missing)], platform, {
    synonyms: synonyms.rows,
    granted: granted.rows.filter(({ name }) => ours.has(name)),
  });
};
