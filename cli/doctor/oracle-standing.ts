import { toGrants } from '../../migrations/0002-access-grants';
import { privilegesOf, relationOf, rolesOf } from '../../migrations/0002-access-oracle';
import type { Database } from '../../services/shared/database/open-database';
import type { ExchangeNames } from '../../services/shared/exchange/exchange-names';

/** Who looks, and what that account is meant to see. */
export type Standing = {
  readonly account: string;
  /** it owns the tables, or will: an account without a role of ours */
  readonly owner: boolean;
  /** the group roles it is in */
  readonly roles: readonly string[];
  /** upper case; what its roles were granted anything on, and what they may read */
  readonly relations: ReadonlySet<string>;
  readonly readable: ReadonlySet<string>;
};

/** @throws BridgeError DB_… */
export const readStanding = async ({ oracle }: Database, names: ExchangeNames): Promise<Standing> => {
  const self = await oracle.execute<{ account: string }>(
    `SELECT SYS_CONTEXT('USERENV', 'SESSION_USER') AS ACCOUNT FROM DUAL`,
  );
  const own = await oracle.execute(`SELECT TABLE_NAME FROM USER_TABLES WHERE TABLE_NAME = 'SM_SEND_T'`);
  const session = await oracle.execute<{ role: string }>('SELECT ROLE FROM SESSION_ROLES');
  const known = rolesOf(names);
  const roles = session.rows.map(({ role }) => role).filter((role) => known.includes(role));
  const grants = toGrants(names);
  const granted = roles.flatMap((role) =>
    Object.entries(grants[role.toLowerCase()] ?? {}).map(([table, rights]) => ({
      relation: relationOf(table, rights),
      read: /\b(SELECT|READ)\b/.test(privilegesOf(rights)),
    })),
  );
  return {
    account: self.rows[0]?.account ?? '?',
    owner: own.rows.length > 0 || roles.length === 0,
    roles,
    relations: new Set(granted.map(({ relation }) => relation)),
    readable: new Set(granted.filter(({ read }) => read).map(({ relation }) => relation)),
  };
};
