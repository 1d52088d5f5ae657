import type { Account, AccountLimits, Role } from '../../shared/accounts/load-accounts';
import { type Database, forEngine, type PerEngine, type Tx } from '../../shared/database/database';

/** An account as an administrator sees it. Times are in epoch ms. */
export type ListedAccount = Omit<Account, 'apiKeyHash' | 'limits'> &
  AccountLimits & {
    readonly hasKey: boolean;
    readonly createdAt: number;
    readonly keyRotatedAt: number | null;
  };

const toNumber = (value: number | string | null): number | null => (value === null ? null : Number(value));

const LIST: PerEngine<(tx: Tx) => Promise<readonly ListedAccount[]>> = {
  pg: async ({ query }) => {
    const { rows } = await query<ListedAccount>(
      `SELECT username, app_id AS "appId", ext_code AS "extCode", role, enabled, api_key_hash IS NOT NULL AS "hasKey",
              (extract(epoch FROM created_at) * 1000)::float8 AS "createdAt", (extract(epoch FROM key_rotated_at) * 1000)::float8 AS "keyRotatedAt",
              rate_messages AS "rateMessages", rate_bytes::float8 AS "rateBytes", max_pending AS "maxPending"
         FROM login_user ORDER BY username`,
    );
    return rows;
  },
  oracledb: async ({ oracle }) => {
    const { rows } = await oracle.execute<{
      readonly username: string;
      readonly app_id: string | null;
      readonly ext_code: string | null;
      readonly role: Role;
      readonly enabled: number | string;
      readonly has_key: number | string;
      readonly created_at: Date;
      readonly key_rotated_at: Date | null;
      readonly rate_messages: number | string | null;
      readonly rate_bytes: number | string | null;
      readonly max_pending: number | string | null;
    }>(
      `SELECT USERNAME, APP_ID, EXT_CODE, ROLE, ENABLED, CASE WHEN API_KEY_HASH IS NULL THEN 0 ELSE 1 END AS HAS_KEY, CREATED_AT, KEY_ROTATED_AT,
              RATE_MESSAGES, RATE_BYTES, MAX_PENDING
         FROM LOGIN_USER ORDER BY USERNAME`,
    );
    return rows.map((row) => ({
      username: row.username,
      appId: row.app_id,
      extCode: row.ext_code,
      role: row.role,
      enabled: Number(row.enabled) === 1,
      hasKey: Number(row.has_key) === 1,
      createdAt: row.created_at.getTime(),
      keyRotatedAt: row.key_rotated_at?.getTime() ?? null,
      rateMessages: toNumber(row.rate_messages),
      rateBytes: toNumber(row.rate_bytes),
      maxPending: toNumber(row.max_pending),
    }));
  },
};

/**
 * Loads all accounts, ordered by name.
 * @throws BridgeError DB_…
 */
export const listAccounts = (db: Database): Promise<readonly ListedAccount[]> => forEngine(db.engine, LIST)(db);
