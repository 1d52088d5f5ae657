import type { DatabaseLooks } from './database-looks';
import { broken, type Finding, statements, well } from './finding';

/**
 * Finds rights that the migrations granted and that are missing now, because they were revoked or a
 * table was recreated.
 */
export const checkRights = async (looks: DatabaseLooks): Promise<readonly Finding[]> =>
  (await looks.rights()).map(({ role, there, logins, missing, grants }): Finding => {
    const check = `rights: ${role.toLowerCase()}`;
    if (!there)
      return broken(
        check,
        'no such role',
        `Run \`sms-bridge migrate\` as an account that may create roles. If all migrations are done, the role was dropped: as the owner of the tables, then GRANT ${role} TO its accounts:${statements(`CREATE ROLE ${role}`, ...grants)}`,
      );
    if (missing.length > 0) {
      const shown =
        missing.length > 3 ? `${missing.slice(0, 3).join(', ')} and ${missing.length - 3} more` : missing.join(', ');
      return broken(check, `may not ${shown}`, `As the owner of the tables:${statements(...grants)}`);
    }
    return well(
      check,
      logins === null ? 'complete' : `complete, granted to ${logins} account${logins === 1 ? '' : 's'}`,
    );
  });
