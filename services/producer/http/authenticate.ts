import { isSecretOf, parseApiKey } from '../../../shared/accounts/api-key';
import type { ApplicationDirectory } from '../../../shared/accounts/application-directory';
import type { Account, Role } from '../../../shared/accounts/load-accounts';
import { HttpRefusal } from './http-errors';

/** The account that makes a request. */
export type Caller = { readonly username: string; readonly appId: string; readonly role: Role };

const unauthorised = (code: string, message: string): HttpRefusal => new HttpRefusal({ status: 401, code, message });

const CREDENTIALS = /^Bearer +([\x21-\x7e]+) *$/i;

/**
 * Creates the authentication by API key. An unknown key reads the directory again (at most once a
 * second), so that a new key works at once.
 * @throws HttpRefusal 401, 403; BridgeError DB_… if the key is unknown and the directory cannot be
 *   read
 */
export const createAuthenticate = (directory: Pick<ApplicationDirectory, 'account' | 'refresh'>) => {
  const genuineAccount = ({ username, secret }: { username: string; secret: string }): Account | undefined => {
    const account = directory.account(username);
    // The comparison also runs for an unknown account, so that its duration reveals nothing.
    return isSecretOf(secret, account?.apiKeyHash) ? account : undefined;
  };

  return async (authorization: string | undefined): Promise<Caller> => {
    if (authorization === undefined) {
      throw unauthorised('KEY_MISSING', 'send your API key as Authorization: Bearer <key>');
    }
    const key = parseApiKey(CREDENTIALS.exec(authorization)?.[1] ?? '');
    if (key === undefined) throw unauthorised('KEY_INVALID', 'this is not an API key of this platform');
    let account = genuineAccount(key);
    if (!account?.enabled) {
      await directory.refresh();
      account = genuineAccount(key);
    }
    if (account === undefined) throw unauthorised('KEY_INVALID', 'the API key is not valid');
    if (!account.enabled) throw unauthorised('ACCOUNT_DISABLED', 'the account is disabled');
    if (account.role === 'administrator' || account.appId === null) {
      throw new HttpRefusal({
        status: 403,
        code: 'ROLE_FORBIDDEN',
        message: 'this account belongs to no application, so it can neither send nor read messages',
      });
    }
    return { username: account.username, appId: account.appId, role: account.role };
  };
};
