import type { Query } from '../../shared/database/open-database';
import type { Received } from '../core/received-cursor';

/** A received message as day table or history holds it. Times in epoch ms. */
export type ReceivedRow = Received & {
  readonly from: string;
  readonly to: string;
  readonly extCode: string | null;
  readonly content: string;
  readonly receivedAt: number;
  readonly recordedAt: number;
  readonly processed: boolean;
};

const page = (table: string): string => `(
SELECT received_id AS "receivedId", src_addr AS "from", dest_addr AS "to", ext_code AS "extCode", content, attempt,
       processed_at IS NOT NULL AS processed, round(extract(epoch FROM offered_at) * 1000)::float8 AS "offeredAt",
       (extract(epoch FROM received_at) * 1000)::float8 AS "receivedAt", (extract(epoch FROM recorded_at) * 1000)::float8 AS "recordedAt"
  FROM ${table}
 WHERE app_id = $1 AND (offered_at, received_id) > (to_timestamp($2::float8 / 1000), $3)
 ORDER BY offered_at, received_id LIMIT $4)`;

/** One statement, one snapshot: a row that the archiver is moving is seen exactly once. */
const PAGE = `
SELECT * FROM (${page('sm_receive_t')} UNION ALL ${page('sm_receive_t_log')}) AS both_tables
 ORDER BY "offeredAt", "receivedId" LIMIT $4`;

/** Messages for an application behind a place, in the order of (offeredAt, receivedId). @throws BridgeError DB_… */
export const findReceivedBehind = async (
  query: Query,
  appId: string,
  behind: { readonly at: number; readonly id: string },
  limit: number,
): Promise<readonly ReceivedRow[]> => {
  const { rows } = await query<ReceivedRow>(PAGE, [appId, behind.at, behind.id, limit], 'producer-received-page');
  return rows;
};

const owner = (table: string): string =>
  `SELECT app_id AS "appId", processed_at IS NOT NULL AS processed FROM ${table} WHERE received_id = $1`;

/** Whose a received message is, and whether somebody acknowledged it. @throws BridgeError DB_… */
export const findReceivedOwner = async (
  query: Query,
  receivedId: string,
): Promise<{ readonly appId: string | null; readonly processed: boolean } | undefined> => {
  const { rows } = await query<{ appId: string | null; processed: boolean }>(
    `${owner('sm_receive_t')} UNION ALL ${owner('sm_receive_t_log')}`,
    [receivedId],
    'producer-received-owner',
  );
  return rows[0];
};
