import type { Database } from '../database/open-database';
import { inTransaction } from '../database/transaction';
import { failed, ok, type Result } from '../result';
import { createApiKey } from './api-key';
import { type AccountProblem, checkAccount, type NewAccount } from './check-account';

/** `key` is the account's API key, shown this once: only its hash is stored. null for an account without an application. */
export type Registered = { readonly key: string | null };

/**
 * Enters an account in LOGIN_USER, with an API key. An application that only speaks HTTP or Kafka needs no more; one that uses the tables also
 * needs a database login of the same name (`createDatabaseLogin`). Needs the rights of the tables' owner.
 * @throws BridgeError DB_…
 */
export const registerAccount = async (
  db: Database,
  account: NewAccount,
): Promise<Result<Registered, AccountProblem>> => {
  const checked = checkAccount(account);
  if (!checked.ok) return checked;
  const { username, appId, extCode, role } = account;
  const { key, hash } = createApiKey(username);
  return inTransaction(db, async ({ query }) => {
    // two registrations at once must not take the same extension; readers are not kept waiting
    await query('LOCK TABLE login_user IN SHARE ROW EXCLUSIVE MODE');
    const { rows } = await query<{ username: string; app_id: string | null }>(
      'SELECT username, app_id FROM login_user WHERE username = $1 OR (ext_code = $2 AND app_id <> $3) ORDER BY username = $1 DESC LIMIT 1',
      [username, extCode, appId],
    );
    const other = rows[0];
    if (other?.username === username)
      return failed({
        code: 'ACCOUNT_EXISTS',
        field: 'username',
        message: `the account ${username} is registered already: take another name, or rotate its key`,
      });
    if (other !== undefined)
      return failed({
        code: 'EXT_CODE_TAKEN',
        field: 'extCode',
        message: `extension ${extCode} belongs to the application ${other.app_id}: replies could not be told apart`,
      });
    await query(
      'INSERT INTO login_user (username, app_id, ext_code, role, api_key_hash, key_rotated_at) VALUES ($1, $2, $3, $4, $5, now())',
      [username, appId, extCode, role, appId === null ? null : hash],
    );
    return ok({ key: appId === null ? null : key });
  });
};
