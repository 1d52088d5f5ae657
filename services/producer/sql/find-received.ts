import { type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import type { ReceivedRow } from '../core/received-row';

export type ReceivedOwner = { readonly appId: string | null; readonly processed: boolean };

/** The statements about received messages. All throw BridgeError DB_… */
export type ReceivedStatements = {
  /** Returns messages for an application after a place, in the order of (offeredAt, receivedId). */
  readonly findAfter: (
    tx: Tx,
    appId: string,
    after: { readonly offeredAt: number; readonly id: string },
    limit: number,
  ) => Promise<readonly ReceivedRow[]>;
  /** Returns the application of a received message, and whether it was acknowledged. */
  readonly findOwner: (tx: Tx, receivedId: string) => Promise<ReceivedOwner | undefined>;
};

const page = (table: string): string => `(
SELECT received_id AS "receivedId", src_addr AS "from", coalesce(dest_addr, '') AS "to", ext_code AS "extCode", content, attempt,
       processed_at IS NOT NULL AS processed, round(extract(epoch FROM offered_at) * 1000)::float8 AS "offeredAt",
       (extract(epoch FROM received_at) * 1000)::float8 AS "receivedAt", (extract(epoch FROM recorded_at) * 1000)::float8 AS "recordedAt"
  FROM ${table}
 WHERE app_id = $1 AND (offered_at, received_id) > (to_timestamp($2::float8 / 1000), $3)
 ORDER BY offered_at, received_id LIMIT $4)`;

/** One statement has one snapshot: a row that the archiver is moving is seen exactly once. */
const PAGE = `
SELECT * FROM (${page('sm_receive_t')} UNION ALL ${page('sm_receive_t_log')}) AS both_tables
 ORDER BY "offeredAt", "receivedId" LIMIT $4`;

const owner = (table: string): string =>
  `SELECT app_id AS "appId", processed_at IS NOT NULL AS processed FROM ${table} WHERE received_id = $1`;

const statementsOnPostgres: ReceivedStatements = {
  findAfter: async ({ query }, appId, after, limit) => {
    const { rows } = await query<ReceivedRow>(
      PAGE,
      [appId, after.offeredAt, after.id, limit],
      'producer-received-page',
    );
    return rows;
  },
  findOwner: async ({ query }, receivedId) => {
    const { rows } = await query<ReceivedOwner>(
      `${owner('sm_receive_t')} UNION ALL ${owner('sm_receive_t_log')}`,
      [receivedId],
      'producer-received-owner',
    );
    return rows[0];
  },
};

type OracleRow = {
  readonly received_id: string;
  readonly src_addr: string;
  readonly dest_addr: string | null;
  readonly ext_code: string | null;
  /** null for an empty text */
  readonly content: string | null;
  readonly attempt: number | string;
  readonly processed_at: Date | null;
  readonly offered_at: Date;
  readonly received_at: Date;
  readonly recorded_at: Date;
};

/**
 * Oracle cannot compare rows of values. The first condition is for the index, the second for rows
 * of the same moment. ROWNUM stops the read at the limit.
 */
const pageOnOracle = (table: string): string =>
  `SELECT * FROM (SELECT RECEIVED_ID, SRC_ADDR, DEST_ADDR, EXT_CODE, CONTENT, ATTEMPT, PROCESSED_AT, OFFERED_AT, RECEIVED_AT, RECORDED_AT
  FROM ${table} WHERE APP_ID = :app AND OFFERED_AT >= :at AND (OFFERED_AT > :at OR RECEIVED_ID > :id)
 ORDER BY OFFERED_AT, RECEIVED_ID) WHERE ROWNUM <= :n`;

const PAGE_ON_ORACLE = `SELECT * FROM (
${pageOnOracle('SM_RECEIVE_T')}
UNION ALL
${pageOnOracle('SM_RECEIVE_T_LOG')}
) ORDER BY OFFERED_AT, RECEIVED_ID`;

/**
 * Sorts before every id, which begins with a visible character. An empty text would be NULL, and no
 * value is greater than NULL.
 */
const BEFORE_ALL = ' ';

const statementsOnOracle: ReceivedStatements = {
  findAfter: async ({ oracle }, appId, { offeredAt, id }, limit) => {
    const { rows } = await oracle.execute<OracleRow>(
      PAGE_ON_ORACLE,
      { app: appId, at: new Date(offeredAt), id: id === '' ? BEFORE_ALL : id, n: limit },
      { maxRows: limit },
    );
    return rows.map((row) => ({
      receivedId: row.received_id,
      from: row.src_addr,
      to: row.dest_addr ?? '',
      extCode: row.ext_code,
      content: row.content ?? '',
      attempt: Number(row.attempt),
      processed: row.processed_at !== null,
      offeredAt: row.offered_at.getTime(),
      receivedAt: row.received_at.getTime(),
      recordedAt: row.recorded_at.getTime(),
    }));
  },
  findOwner: async ({ oracle }, receivedId) => {
    const { rows } = await oracle.execute<{ app_id: string | null; processed_at: Date | null }>(
      `SELECT APP_ID, PROCESSED_AT FROM SM_RECEIVE_T WHERE RECEIVED_ID = :id
UNION ALL
SELECT APP_ID, PROCESSED_AT FROM SM_RECEIVE_T_LOG WHERE RECEIVED_ID = :id`,
      { id: receivedId },
    );
    return rows[0] && { appId: rows[0].app_id, processed: rows[0].processed_at !== null };
  },
};

const STATEMENTS: PerEngine<ReceivedStatements> = { pg: statementsOnPostgres, oracledb: statementsOnOracle };

export const createReceivedStatements = ({ engine }: { readonly engine: Engine }): ReceivedStatements =>
  forEngine(engine, STATEMENTS);
