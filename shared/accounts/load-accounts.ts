import { type Database, forEngine, type PerEngine } from '../database/database';

export type Role = 'application' | 'customer-service' | 'administrator';

/** Limits over HTTP; null: the default of the configuration. */
export type AccountLimits = {
  readonly rateMessages: number | null;
  readonly rateBytes: number | null;
  readonly maxPending: number | null;
};

/** A row of LOGIN_USER. */
export type Account = {
  /** Name of the database account. */
  readonly username: string;
  readonly appId: string | null;
  readonly extCode: string | null;
  readonly role: Role;
  readonly enabled: boolean;
  /** Null: there is no key, or it was not requested. */
  readonly apiKeyHash: string | null;
  /** Absent when the keys were not requested. */
  readonly limits?: AccountLimits;
};

type AccountRow = {
  readonly username: string;
  readonly app_id: string | null;
  readonly ext_code: string | null;
  readonly role: Role;
  /** 1 and 0 on Oracle. */
  readonly enabled: boolean | number;
  readonly api_key_hash?: string | null;
  readonly rate_messages?: number | null;
  /** a bigint comes as text */
  readonly rate_bytes?: number | string | null;
  readonly max_pending?: number | null;
};

const toLimits = ({ rate_messages, rate_bytes, max_pending }: AccountRow): AccountLimits => {
  const numberOrNull = (value: number | string | null | undefined) => (value == null ? null : Number(value));
  return {
    rateMessages: numberOrNull(rate_messages),
    rateBytes: numberOrNull(rate_bytes),
    maxPending: numberOrNull(max_pending),
  };
};

type Statements = Pick<Database, 'engine' | 'query' | 'oracle'>;

const READ: PerEngine<(db: Statements, keys: boolean) => Promise<{ readonly rows: readonly AccountRow[] }>> = {
  pg: ({ query }, keys) =>
    query(
      `SELECT username, app_id, ext_code, role, enabled${keys ? ', api_key_hash, rate_messages, rate_bytes, max_pending' : ''} FROM login_user ORDER BY username`,
    ),
  // Roles that must not see the hashes have a view without them: Oracle grants SELECT on whole
  // tables only.
  oracledb: ({ oracle }, keys) =>
    oracle.execute(
      keys
        ? 'SELECT USERNAME, APP_ID, EXT_CODE, ROLE, ENABLED, API_KEY_HASH, RATE_MESSAGES, RATE_BYTES, MAX_PENDING FROM LOGIN_USER ORDER BY USERNAME'
        : 'SELECT USERNAME, APP_ID, EXT_CODE, ROLE, ENABLED FROM V_LOGIN_USER ORDER BY USERNAME',
    ),
};

/**
 * Loads all accounts in the order of their names.
 * @param keys includes the hashes of the API keys, which only the producer's database role may read
 * @throws BridgeError DB_…
 */
export const loadAccounts = async (db: Statements, keys: boolean): Promise<readonly Account[]> => {
  const { rows } = await forEngine(db.engine, READ)(db, keys);
  return rows.map((row) => ({
    username: row.username,
    appId: row.app_id,
    extCode: row.ext_code,
    role: row.role,
    enabled: Boolean(row.enabled),
    apiKeyHash: row.api_key_hash ?? null,
    ...(keys ? { limits: toLimits(row) } : {}),
  }));
};
