import type { Query } from '../database/open-database';
import type { Account, Role } from './load-accounts';

/** An account as an administrator sees it. Times in epoch ms. */
export type ListedAccount = Omit<Account, 'apiKeyHash'> & {
  readonly hasKey: boolean;
  readonly createdAt: number;
  readonly keyRotatedAt: number | null;
};

/** All accounts, in the order of their names. Needs the rights of the tables' owner. @throws BridgeError DB_… */
export const listAccounts = async (query: Query): Promise<readonly ListedAccount[]> => {
  const { rows } = await query<{
    username: string;
    app_id: string | null;
    ext_code: string | null;
    role: Role;
    enabled: boolean;
    has_key: boolean;
    created_ms: number;
    rotated_ms: number | null;
  }>(
    `SELECT username, app_id, ext_code, role, enabled, api_key_hash IS NOT NULL AS has_key,
            (extract(epoch FROM created_at) * 1000)::float8 AS created_ms, (extract(epoch FROM key_rotated_at) * 1000)::float8 AS rotated_ms
       FROM login_user ORDER BY username`,
  );
  return rows.map((row) => ({
    username: row.username,
    appId: row.app_id,
    extCode: row.ext_code,
    role: row.role,
    enabled: row.enabled,
    hasKey: row.has_key,
    createdAt: row.created_ms,
    keyRotatedAt: row.rotated_ms,
  }));
};
