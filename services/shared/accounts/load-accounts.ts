import type { Query } from '../database/open-database';

export type Role = 'application' | 'customer-service' | 'administrator';

/** A row of LOGIN_USER. */
export type Account = {
  /** the database account */
  readonly username: string;
  readonly appId: string | null;
  readonly extCode: string | null;
  readonly role: Role;
  readonly enabled: boolean;
  /** null: no key, or not asked for */
  readonly apiKeyHash: string | null;
};

type AccountRow = {
  readonly username: string;
  readonly app_id: string | null;
  readonly ext_code: string | null;
  readonly role: Role;
  readonly enabled: boolean;
  readonly api_key_hash?: string | null;
};

/**
 * All accounts, in the order of their names.
 * @param keys also the hashes of the API keys; only the producer's database role may read them
 * @throws BridgeError DB_…
 */
export const loadAccounts = async (query: Query, keys: boolean): Promise<readonly Account[]> => {
  const { rows } = await query<AccountRow>(
    `SELECT username, app_id, ext_code, role, enabled${keys ? ', api_key_hash' : ''} FROM login_user ORDER BY username`,
  );
  return rows.map((row) => ({
    username: row.username,
    appId: row.app_id,
    extCode: row.ext_code,
    role: row.role,
    enabled: row.enabled,
    apiKeyHash: row.api_key_hash ?? null,
  }));
};
