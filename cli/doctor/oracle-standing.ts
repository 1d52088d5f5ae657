import { rolesOf } from '../../migrations/0002-access/access-oracle';
import { allGrantsOf } from '../../migrations/all-grants';
import type { Database } from '../../shared/database/database';
import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import { findOtherOwner } from '../oracle/refuse-strangers';
import { rolesBySynonyms } from './oracle-repairs';

/** Who looks, and what that account is meant to see. */
export type Standing = {
  readonly account: string;
  /** it owns the tables, or will: an account without a role of ours, and without our synonyms */
  readonly owner: boolean;
  /** the group roles it is in */
  readonly roles: readonly string[];
  /** a DBA's account: whose the tables are */
  readonly elsewhere?: string;
  /** of an account that is neither: what a DBA runs to give it its role back */
  readonly lost?: readonly string[];
  /** upper case; what its roles were granted anything on, and what they may read */
  readonly relations: ReadonlySet<string>;
  readonly readable: ReadonlySet<string>;
};

/**
 * What gives an account its role back, one of these, the likeliest first: it was taken away, or is granted and none of the account's default roles. Pure.
 */
export const toRoleRepair = (account: string, likely: readonly string[], granted: readonly string[]): string =>
  granted.some((role) => likely.includes(role))
    ? `ALTER USER ${account} DEFAULT ROLE ALL`
    : `GRANT ${likely[0]} TO ${account}`;

/** Our synonyms, and no role of ours. */
const findLostRole = async (
  { execute }: Database['oracle'],
  account: string,
  names: ExchangeNames,
): Promise<readonly string[] | undefined> => {
  const synonyms = await execute<{ name: string }>('SELECT SYNONYM_NAME AS NAME FROM USER_SYNONYMS');
  const likely = rolesBySynonyms(
    synonyms.rows.map(({ name }) => name),
    names,
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

/** @throws BridgeError DB_… */
export const readStanding = async (db: Database, names: ExchangeNames): Promise<Standing> => {
  const { oracle } = db;
  const self = await oracle.execute<{ account: string }>(
    `SELECT SYS_CONTEXT('USERENV', 'SESSION_USER') AS ACCOUNT FROM DUAL`,
  );
  const own = await oracle.execute(`SELECT TABLE_NAME FROM USER_TABLES WHERE TABLE_NAME = 'SM_SEND_T'`);
  const session = await oracle.execute<{ role: string }>('SELECT ROLE FROM SESSION_ROLES');
  const known = rolesOf(names);
  const account = self.rows[0]?.account ?? '?';
  const roles = session.rows.map(({ role }) => role).filter((role) => known.includes(role));
  const granted = roles.flatMap((role) => allGrantsOf(role, names));
  const nobody = own.rows.length === 0 && roles.length === 0;
  const lost = nobody ? await findLostRole(oracle, account, names) : undefined;
  const elsewhere = nobody && lost === undefined ? await findOtherOwner(db) : undefined;
  return {
    account,
    owner: own.rows.length > 0 || (nobody && lost === undefined && elsewhere === undefined),
    roles,
    ...(lost === undefined ? {} : { lost }),
    ...(elsewhere === undefined ? {} : { elsewhere }),
    relations: new Set(granted.map(([relation]) => relation)),
    readable: new Set(
      granted.flatMap(([relation, privileges]) => (/\b(SELECT|READ)\b/.test(privileges) ? [relation] : [])),
    ),
  };
};
