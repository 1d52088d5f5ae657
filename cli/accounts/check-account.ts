import type { Role } from '../../shared/accounts/load-accounts';
import { failed, ok, type Result } from '../../shared/result';

export type NewAccount = {
  /** name of the account and of its API key; also of its database login, if it has one */
  readonly username: string;
  /**
   * application that the account sends and receives for; null only for the roles customer-service
   * and administrator
   */
  readonly appId: string | null;
  /** digits that the application appends to the access number */
  readonly extCode: string | null;
  readonly role: Role;
};

export type AccountProblem = {
  readonly code:
    | 'USERNAME_INVALID'
    | 'APP_ID_INVALID'
    | 'EXT_CODE_INVALID'
    | 'ROLE_INVALID'
    | 'ACCOUNT_EXISTS'
    | 'ACCOUNT_UNKNOWN'
    | 'EXT_CODE_TAKEN'
    | 'NO_APPLICATION';
  readonly field: keyof NewAccount;
  /** tells what is wrong and how to correct it */
  readonly message: string;
};

const USERNAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
const APP_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;
const EXT_CODE = /^\d{1,20}$/;
const ROLES: readonly string[] = ['application', 'customer-service', 'administrator'];

const problem = (code: AccountProblem['code'], field: keyof NewAccount, message: string) =>
  failed({ code, field, message });

/**
 * Checks the fields of an account, without looking at other accounts. Returns the account, or the
 * first problem: USERNAME_INVALID, ROLE_INVALID, APP_ID_INVALID or EXT_CODE_INVALID. Pure.
 */
export const checkAccount = (account: NewAccount): Result<NewAccount, AccountProblem> => {
  const { username, appId, extCode, role } = account;
  if (!USERNAME.test(username))
    return problem(
      'USERNAME_INVALID',
      'username',
      'must be 1 to 63 letters, digits or _ . - and start with a letter or digit',
    );
  if (!ROLES.includes(role)) return problem('ROLE_INVALID', 'role', `must be one of ${ROLES.join(', ')}`);
  if (appId === null && role === 'application')
    return problem('APP_ID_INVALID', 'appId', 'an application account needs its application code');
  if (appId !== null && !APP_ID.test(appId))
    return problem(
      'APP_ID_INVALID',
      'appId',
      'must be 1 to 32 letters, digits or _ . - and start with a letter or digit',
    );
  if (extCode !== null && !EXT_CODE.test(extCode))
    return problem('EXT_CODE_INVALID', 'extCode', 'must be 1 to 20 digits, or be left out');
  if (extCode !== null && appId === null)
    return problem(
      'EXT_CODE_INVALID',
      'extCode',
      'an extension code belongs to an application: give its application code too',
    );
  return ok(account);
};
