import { toAccountName } from '../../shared/accounts/account-name';
import { createApiKey } from '../../shared/accounts/api-key';
import { type Database, forEngine, type PerEngine, type Tx } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import { failed, ok, type Result } from '../../shared/result';
import { type AccountProblem, checkAccount, type NewAccount } from './check-account';

/**
 * `key` is the API key in clear text, available only now: the database keeps its hash. It is null
 * for an account without an application.
 */
export type Registered = {
  readonly key: string | null;
  /** as it is stored: in upper case on Oracle */
  readonly username: string;
};

type Other = { readonly username: string; readonly app_id: string | null };

type Statements = {
  /**
   * Locks LOGIN_USER against other registrations, so that no two take the same extension code. The
   * lock does not block readers.
   */
  readonly lock: (tx: Tx) => Promise<unknown>;
  /** Finds accounts with this name, and accounts of other applications with this extension code. */
  readonly findOthers: (tx: Tx, account: NewAccount) => Promise<readonly Other[]>;
  /** Gives the account the limits of its application's other accounts. */
  readonly insert: (tx: Tx, account: NewAccount, hash: string | null) => Promise<unknown>;
};

const STATEMENTS: PerEngine<Statements> = {
  pg: {
    lock: ({ query }) => query('LOCK TABLE login_user IN SHARE ROW EXCLUSIVE MODE'),
    findOthers: async ({ query }, { username, extCode, appId }) =>
      (
        await query<Other>(
          'SELECT username, app_id FROM login_user WHERE username = $1 OR (ext_code = $2 AND app_id <> $3)',
          [username, extCode, appId],
        )
      ).rows,
    insert: ({ query }, { username, appId, extCode, role }, hash) =>
      query(
        `INSERT INTO login_user (username, app_id, ext_code, role, api_key_hash, key_rotated_at, rate_messages, rate_bytes, max_pending)
         SELECT $1::text, $2::text, $3, $4, $5, now(), max(rate_messages), max(rate_bytes), max(max_pending) FROM login_user WHERE app_id = $2`,
        [username, appId, extCode, role, hash],
      ),
  },
  oracledb: {
    lock: ({ oracle }) => oracle.execute('LOCK TABLE LOGIN_USER IN SHARE ROW EXCLUSIVE MODE'),
    findOthers: async ({ oracle }, { username, extCode, appId }) =>
      (
        await oracle.execute<Other>(
          'SELECT USERNAME, APP_ID FROM LOGIN_USER WHERE USERNAME = :1 OR (EXT_CODE = :2 AND APP_ID <> :3)',
          [username, extCode, appId],
        )
      ).rows,
    insert: ({ oracle }, { username, appId, extCode, role }, hash) =>
      oracle.execute(
        `INSERT INTO LOGIN_USER (USERNAME, APP_ID, EXT_CODE, ROLE, API_KEY_HASH, KEY_ROTATED_AT, RATE_MESSAGES, RATE_BYTES, MAX_PENDING)
         SELECT :username, :app, :ext, :role, :hash, SYS_EXTRACT_UTC(SYSTIMESTAMP), MAX(RATE_MESSAGES), MAX(RATE_BYTES), MAX(MAX_PENDING)
           FROM LOGIN_USER WHERE APP_ID = :app`,
        { username, app: appId, ext: extCode, role, hash },
      ),
  },
};

/**
 * Inserts an account into LOGIN_USER and creates its API key. An application that uses only HTTP or
 * Kafka needs nothing else. An application that uses the tables also needs a database login of the
 * same name (`createDatabaseLogin`). Needs the rights of the owner of the tables. Problems: those
 * of `checkAccount`, ACCOUNT_EXISTS, EXT_CODE_TAKEN.
 * @throws BridgeError DB_…
 */
export const registerAccount = async (db: Database, asked: NewAccount): Promise<Result<Registered, AccountProblem>> => {
  const checked = checkAccount(asked);
  if (!checked.ok) return checked;
  const account: NewAccount = { ...asked, username: toAccountName(db.engine, asked.username) };
  const { username, appId, extCode } = account;
  const { key, hash } = createApiKey(username);
  const statements = forEngine(db.engine, STATEMENTS);
  return inTransaction(db, async (tx) => {
    await statements.lock(tx);
    const others = await statements.findOthers(tx, account);
    if (others.some((other) => other.username === username))
      return failed({
        code: 'ACCOUNT_EXISTS',
        field: 'username',
        message: `the account ${username} is already registered: choose another name, or rotate its key`,
      });
    const [other] = others;
    if (other !== undefined)
      return failed({
        code: 'EXT_CODE_TAKEN',
        field: 'extCode',
        message: `the extension code ${extCode} belongs to the application ${other.app_id}: choose another, so that replies find their application`,
      });
    await statements.insert(tx, account, appId === null ? null : hash);
    return ok({ key: appId === null ? null : key, username });
  });
};

const REMOVE: PerEngine<(tx: Tx, username: string) => Promise<unknown>> = {
  pg: ({ query }, username) => query('DELETE FROM login_user WHERE username = $1', [username]),
  oracledb: ({ oracle }, username) => oracle.execute('DELETE FROM LOGIN_USER WHERE USERNAME = :1', [username]),
};

export const removeAccount = async (db: Database, name: string): Promise<void> => {
  await forEngine(db.engine, REMOVE)(db, toAccountName(db.engine, name));
};
