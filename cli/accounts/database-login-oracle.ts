import { toAccountName } from '../../shared/accounts/account-name';
import type { Database } from '../../shared/database/database';
import { BridgeError } from '../../shared/errors';
import type { CreateDatabaseLogin, DropDatabaseLogin } from './login';

/**
 * CREATE USER takes no bind variables, so name and password become part of its text. These two
 * patterns are the protection against SQL injection.
 */
const NAME = /^[A-Z][A-Z0-9_$#]{0,29}$/;
const PASSWORD = /^[\x20\x21\x23-\x7e]{1,30}$/;

const invalid = (message: string): BridgeError => new BridgeError('LOGIN_INVALID', message);

/**
 * Finds the relations that a role was granted, wholly or by column. Each login gets synonyms for
 * them, so that it can name them without the owner.
 */
const RELATIONS = `
SELECT OWNER, TABLE_NAME FROM USER_TAB_PRIVS WHERE GRANTEE = :1
UNION
SELECT OWNER, TABLE_NAME FROM USER_COL_PRIVS WHERE GRANTEE = :2`;

const denied = (username: string, role: string, cause: unknown): BridgeError =>
  new BridgeError(
    'DB_DENIED',
    `this account may not create logins (it needs CREATE USER, DROP USER, CREATE ANY SYNONYM, and CREATE SESSION with ADMIN OPTION): ` +
      `a DBA runs what \`sms-bridge oracle script accounts --account ${username}:${role}\` prints`,
    { cause },
  );

const takeBack = async ({ oracle }: Database, username: string, cause: unknown): Promise<void> => {
  try {
    await oracle.execute(`DROP USER ${username} CASCADE`);
  } catch {
    throw new BridgeError(
      'LOGIN_INCOMPLETE',
      `the login ${username} was created only in part and could not be removed: a DBA runs DROP USER ${username} CASCADE`,
      { cause },
    );
  }
};

/**
 * Returns the function that creates a login, with the statements that `sms-bridge oracle script
 * accounts` prints. DDL commits, so a failure half-way is undone by dropping the login. No limit
 * for idle transactions is set here: that is IDLE_TIME of the login's profile.
 */
export const createLoginOnOracle =
  (db: Database): CreateDatabaseLogin =>
  async ({ username: name, password, role: group }) => {
    const username = toAccountName('oracledb', name);
    const role = group.toUpperCase();
    if (!NAME.test(username))
      throw invalid(`${name} cannot be a login on Oracle: a name has at most 30 letters, digits, _ $ #`);
    if (!PASSWORD.test(password)) throw invalid('a password on Oracle has at most 30 characters, and no "');
    const { execute } = db.oracle;
    const known = await execute('SELECT USERNAME FROM ALL_USERS WHERE USERNAME = :1', [username]);
    if (known.rows.length > 0)
      throw new BridgeError(
        'LOGIN_EXISTS',
        `the server already has a login ${username}: GRANT ${role} TO it, or choose another name`,
      );
    const { rows } = await execute<{ owner: string; table_name: string }>(RELATIONS, [role, role]);
    try {
      await execute(`CREATE USER ${username} IDENTIFIED BY "${password}"`);
    } catch (error) {
      throw (error as BridgeError).code === 'DB_DENIED' ? denied(username, role, error) : error;
    }
    try {
      await execute(`GRANT CREATE SESSION TO ${username}`);
      await execute(`GRANT ${role} TO ${username}`);
      for (const { owner, table_name } of rows) {
        await execute(`CREATE SYNONYM ${username}.${table_name} FOR ${owner}.${table_name}`);
      }
    } catch (error) {
      await takeBack(db, username, error);
      throw (error as BridgeError).code === 'DB_DENIED' ? denied(username, role, error) : error;
    }
  };

/** ORA-01918: the user does not exist. */
const NO_SUCH_USER = 1918;

/** Drops a login on Oracle with its objects. Ignores a name that no login can have. */
export const dropLoginOnOracle =
  (db: Database): DropDatabaseLogin =>
  async (name) => {
    const username = toAccountName('oracledb', name);
    if (!NAME.test(username)) return;
    try {
      await db.oracle.execute(`DROP USER ${username} CASCADE`);
    } catch (error) {
      const { errorNum } = ((error as Error).cause ?? {}) as { errorNum?: number };
      if (errorNum !== NO_SUCH_USER) throw error;
    }
  };
