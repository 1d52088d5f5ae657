import { toAccountName } from '../../shared/accounts/account-name';
import { createApiKey } from '../../shared/accounts/api-key';
import { type Database, forEngine, type PerEngine, type Tx } from '../../shared/database/database';
import { failed, ok, type Result } from '../../shared/result';
import type { AccountProblem } from './check-account';
import type { Registered } from './register-account';

const unknown = (username: string) =>
  failed({
    code: 'ACCOUNT_UNKNOWN',
    field: 'username',
    message: `no account ${username} is registered: see the list of accounts`,
  } as const);

type Statements = {
  /**
   * Stores the hash of a new key. Returns the account's application, or undefined when no such
   * account is registered. An account without an application gets no key: its hash becomes NULL.
   */
  readonly setKeyHash: (
    tx: Tx,
    username: string,
    hash: string,
  ) => Promise<{ readonly appId: string | null } | undefined>;
  readonly setEnabled: (tx: Tx, username: string, enabled: boolean) => Promise<boolean>;
};

const STATEMENTS: PerEngine<Statements> = {
  pg: {
    setKeyHash: async ({ query }, username, hash) => {
      const { rows } = await query<{ app_id: string | null }>(
        `UPDATE login_user SET api_key_hash = CASE WHEN app_id IS NULL THEN NULL ELSE $2 END, key_rotated_at = now()
          WHERE username = $1 RETURNING app_id`,
        [username, hash],
      );
      return rows[0] && { appId: rows[0].app_id };
    },
    setEnabled: async ({ query }, username, enabled) =>
      (await query('UPDATE login_user SET enabled = $2 WHERE username = $1', [username, enabled])).rowCount === 1,
  },
  oracledb: {
    setKeyHash: async ({ oracle }, username, hash) => {
      const { rowCount, out } = await oracle.execute(
        `UPDATE LOGIN_USER SET API_KEY_HASH = CASE WHEN APP_ID IS NULL THEN NULL ELSE :hash END, KEY_ROTATED_AT = SYS_EXTRACT_UTC(SYSTIMESTAMP)
          WHERE USERNAME = :username RETURNING APP_ID INTO :app`,
        { hash, username, app: { out: { type: 'text', maxBytes: 128 } } },
      );
      return rowCount === 0 ? undefined : { appId: (out.app as readonly (string | null)[])[0] ?? null };
    },
    setEnabled: async ({ oracle }, username, enabled) =>
      (await oracle.execute('UPDATE LOGIN_USER SET ENABLED = :1 WHERE USERNAME = :2', [enabled, username])).rowCount ===
      1,
  },
};

/**
 * Gives an account a new API key and returns it in clear text; only its hash is stored. The old key
 * stops working when a service next loads the accounts. Problems: ACCOUNT_UNKNOWN, NO_APPLICATION.
 * @throws BridgeError DB_…
 */
export const rotateKey = async (
  db: Database,
  name: string,
): Promise<Result<{ readonly key: NonNullable<Registered['key']> }, AccountProblem>> => {
  const username = toAccountName(db.engine, name);
  const { key, hash } = createApiKey(username);
  const account = await forEngine(db.engine, STATEMENTS).setKeyHash(db, username, hash);
  if (account === undefined) return unknown(username);
  if (account.appId !== null) return ok({ key });
  return failed({
    code: 'NO_APPLICATION',
    field: 'appId',
    message: `the account ${username} has no application, so it cannot use a key`,
  });
};

/**
 * Enables or disables an account. A disabled account can neither send nor receive nor see anything;
 * messages that it sent before are still processed. The messages of an application without an
 * enabled account are rejected. Problem: ACCOUNT_UNKNOWN.
 * @throws BridgeError DB_…
 */
export const setEnabled = async (
  db: Database,
  name: string,
  enabled: boolean,
): Promise<Result<undefined, AccountProblem>> => {
  const username = toAccountName(db.engine, name);
  return (await forEngine(db.engine, STATEMENTS).setEnabled(db, username, enabled)) ? ok(undefined) : unknown(username);
};
