import { broken, type Finding, well } from './finding';
import type { DatabaseLooks } from './look-into-database';

/** Which of the rights that the migrations gave are not there (any more): somebody revoked them, or recreated a table. */
export const checkRights = async (looks: DatabaseLooks): Promise<readonly Finding[]> =>
  (await looks.rights()).map(({ role, there, logins, missing }): Finding => {
    const check = `rights: ${role.toLowerCase()}`;
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
    return well(check, logins === null ? 'complete' : `complete, ${logins} account${logins === 1 ? '' : 's'} in it`);
  });
