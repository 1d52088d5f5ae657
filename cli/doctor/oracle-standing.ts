import { rolesOf } from '../../migrations/0002-access/access-oracle';
import { allGrantsOf } from '../../migrations/all-grants';
import type { Database } from '../../shared/database/database';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { findOtherOwner } from '../oracle/refuse-strangers';
import { rolesBySynonyms } from './oracle-repairs';

/** The session's account, and what it is meant to see. */
export type Standing = {
  readonly account: string;
  /**
   * it owns the tables, or will own them: it has neither a role nor a synonym of the platform, and
   * no other owner is known
   */
  readonly owner: boolean;
  /** the platform's roles that are enabled in the session */
  readonly roles: readonly string[];
  /** for a DBA's account: the owner of the tables */
  readonly elsewhere?: string;
  /** for an account with synonyms but without a role: statements for a DBA that restore the role */
  readonly lost?: readonly string[];
  /** relations on which its roles have any right, and those that they may read; upper case */
  readonly relations: ReadonlySet<string>;
  readonly readable: ReadonlySet<string>;
};

/**
 * Returns the statement that restores an account's role. A granted role that is not enabled becomes
 * a default role; otherwise the most likely role is granted. Pure.
 * @param likely candidates, most likely first
 */
export const toRoleRepair = (account: string, likely: readonly string[], granted: readonly string[]): string =>
  granted.some((role) => likely.includes(role))
    ? `ALTER USER ${account} DEFAULT ROLE ALL`
    : `GRANT ${likely[0]} TO ${account}`;

/**
 * Returns the repair for an account that has synonyms for the platform's tables but none of its
 * roles; undefined for any other account.
 */
const findLostRole = async (
  { execute }: Database['oracle'],
  account: string,
  mapping: ExchangeMapping,
): Promise<readonly string[] | undefined> => {
  const synonyms = await execute<{ name: string }>('SELECT SYNONYM_NAME AS NAME FROM USER_SYNONYMS');
  const likely = rolesBySynonyms(
    synonyms.rows.map(({ name }) => name),
    mapping,
  );
  if (likely.length === 0) return undefined;
  const granted = await execute<{ role: string }>('SELECT GRANTED_ROLE AS ROLE FROM USER_ROLE_PRIVS');
  return [
    toRoleRepair(
      account,
      likely,
      granted.rows.map(({ role }) => role),
    ),
  ];
};

export const readStanding = async (db: Database, mapping: ExchangeMapping): Promise<Standing> => {
  const { oracle } = db;
  const self = await oracle.execute<{ account: string }>(
    `SELECT SYS_CONTEXT('USERENV', 'SESSION_USER') AS ACCOUNT FROM DUAL`,
  );
  const own = await oracle.execute(`SELECT TABLE_NAME FROM USER_TABLES WHERE TABLE_NAME = 'SM_SEND_T'`);
  const session = await oracle.execute<{ role: string }>('SELECT ROLE FROM SESSION_ROLES');
  const known = rolesOf(mapping);
  const account = self.rows[0]?.account ?? '?';
  const roles = session.rows.map(({ role }) => role).filter((role) => known.includes(role));
  const granted = roles.flatMap((role) => allGrantsOf(role, mapping));
  const unrelated = own.rows.length === 0 && roles.length === 0;
  const lost = unrelated ? await findLostRole(oracle, account, mapping) : undefined;
  const elsewhere = unrelated && lost === undefined ? await findOtherOwner(db) : undefined;
  return {
    account,
    owner: own.rows.length > 0 || (unrelated && lost === undefined && elsewhere === undefined),
    roles,
    ...(lost === undefined ? {} : { lost }),
    ...(elsewhere === undefined ? {} : { elsewhere }),
    relations: new Set(granted.map(([relation]) => relation)),
    readable: new Set(
      granted.flatMap(([relation, privileges]) => (/\b(SELECT|READ)\b/.test(privileges) ? [relation] : [])),
    ),
  };
};
