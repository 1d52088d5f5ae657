import type { Query } from '../database/open-database';
import { failed, ok, type Result } from '../result';
import { createApiKey } from './api-key';
import type { AccountProblem } from './check-account';
import type { Registered } from './register-account';

const unknown = (username: string) =>
  failed({
    code: 'ACCOUNT_UNKNOWN',
    field: 'username',
    message: `no account ${username} is registered: see the list of accounts`,
  } as const);

/**
 * Gives an account a new API key; the old one is worth nothing from the next reading of the accounts on.
 * @throws BridgeError DB_…
 */
export const rotateKey = async (
  query: Query,
  username: string,
): Promise<Result<{ readonly key: NonNullable<Registered['key']> }, AccountProblem>> => {
  const { key, hash } = createApiKey(username);
  const { rows } = await query<{ app_id: string | null }>(
    `UPDATE login_user SET api_key_hash = CASE WHEN app_id IS NULL THEN NULL ELSE $2 END, key_rotated_at = now()
      WHERE username = $1 RETURNING app_id`,
    [username, hash],
  );
  if (rows[0] === undefined) return unknown(username);
  if (rows[0].app_id !== null) return ok({ key });
  return failed({
    code: 'NO_APPLICATION',
    field: 'appId',
    message: `the account ${username} has no application, so a key would be of no use to it`,
  });
};

/**
 * Lets an account send, receive and look, or stops it; what it sent before goes on. Without an enabled account an application's messages are
 * rejected. @throws BridgeError DB_…
 */
export const setEnabled = async (
  query: Query,
  username: string,
  enabled: boolean,
): Promise<Result<undefined, AccountProblem>> => {
  const { rowCount } = await query('UPDATE login_user SET enabled = $2 WHERE username = $1', [username, enabled]);
  return rowCount === 0 ? unknown(username) : ok(undefined);
};
