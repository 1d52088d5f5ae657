import type { AccountLimits } from '../../shared/accounts/load-accounts';
import { type Database, forEngine, type PerEngine, type Tx } from '../../shared/database/database';
import { failed, ok, type Result } from '../../shared/result';
import type { AccountProblem } from './check-account';

/** Negative: unchanged. 0: the default. */
type Values = { readonly messages: number; readonly bytes: number; readonly pending: number };

type SetLimits = (tx: Tx, appId: string, values: Values) => Promise<number>;

const SET: PerEngine<SetLimits> = {
  pg: async ({ query }, appId, { messages, bytes, pending }) => {
    const { rowCount } = await query(
      `UPDATE login_user
          SET rate_messages = CASE WHEN $2::int < 0 THEN rate_messages ELSE nullif($2, 0) END,
              rate_bytes = CASE WHEN $3::bigint < 0 THEN rate_bytes ELSE nullif($3, 0) END,
              max_pending = CASE WHEN $4::int < 0 THEN max_pending ELSE nullif($4, 0) END
        WHERE app_id = $1`,
      [appId, messages, bytes, pending],
    );
    return rowCount;
  },
  oracledb: async ({ oracle }, appId, values) => {
    const { rowCount } = await oracle.execute(
      `UPDATE LOGIN_USER
          SET RATE_MESSAGES = CASE WHEN :messages < 0 THEN RATE_MESSAGES ELSE NULLIF(:messages, 0) END,
              RATE_BYTES = CASE WHEN :bytes < 0 THEN RATE_BYTES ELSE NULLIF(:bytes, 0) END,
              MAX_PENDING = CASE WHEN :pending < 0 THEN MAX_PENDING ELSE NULLIF(:pending, 0) END
        WHERE APP_ID = :app`,
      { ...values, app: appId },
    );
    return rowCount;
  },
};

export const unknownApplication = (appId: string): Result<never, AccountProblem> =>
  failed({
    code: 'ACCOUNT_UNKNOWN',
    field: 'appId',
    message: `no account of an application ${appId} is registered: see the list of accounts`,
  });

/**
 * Sets the limits that `change` contains, in all accounts of an application: they belong to the
 * application. 0 gives the default back. Problem: ACCOUNT_UNKNOWN.
 * @throws BridgeError DB_…
 */
export const setLimits = async (
  db: Database,
  appId: string,
  { rateMessages = -1, rateBytes = -1, maxPending = -1 }: Partial<Record<keyof AccountLimits, number>>,
): Promise<Result<undefined, AccountProblem>> => {
  const values: Values = { messages: rateMessages, bytes: rateBytes, pending: maxPending };
  return (await forEngine(db.engine, SET)(db, appId, values)) > 0 ? ok(undefined) : unknownApplication(appId);
};
