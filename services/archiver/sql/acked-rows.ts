import type { PerEngine, Tx } from '../../../shared/database/database';
import { APP_COLUMN, ID_COLUMN, TIME_COLUMN } from '../../../shared/database/oracle/oracle-columns';
import { inList, padded } from '../../../shared/database/oracle/oracle-lists';
import type { AckedRow } from '../core/decide-acks';
import type { SettlePorts } from '../settle-acks';

const TABLES = { live: 'sm_receive_t', history: 'sm_receive_t_log' } as const;

type LockIn = (tx: Tx, table: AckedRow['table'], ids: readonly string[]) => Promise<readonly AckedRow[]>;

/**
 * Locks the rows of these received messages, in their order. The live table comes first: a row that
 * is just moving makes this wait, and the second look finds it in the history. Rows move only in
 * that direction.
 */
const lockBoth =
  (lockIn: LockIn): SettlePorts<Tx>['lockAckedRows'] =>
  async (tx, receivedIds) => {
    const live = await lockIn(tx, 'live', receivedIds);
    if (live.length === receivedIds.length) return live;
    const found = new Set(live.map((row) => row.receivedId));
    const missing = receivedIds.filter((id) => !found.has(id));
    return [...live, ...(await lockIn(tx, 'history', missing))];
  };

const lockOnPostgres: LockIn = async ({ query }, table, ids) => {
  const { rows } = await query<{ received_id: string; app_id: string | null; processed: boolean }>(
    `SELECT received_id, app_id, processed_at IS NOT NULL AS processed FROM ${TABLES[table]}
      WHERE received_id = ANY($1) ORDER BY received_id FOR UPDATE`,
    [ids],
    `archiver-lock-acked-${table}`,
  );
  return rows.map((row) => ({ receivedId: row.received_id, appId: row.app_id, processed: row.processed, table }));
};

/** The most binds of one statement. */
const LOCK_CHUNK_ROWS = 1000;

const lockOnOracle: LockIn = async ({ oracle }, table, ids) => {
  const locked: AckedRow[] = [];
  for (let start = 0; start < ids.length; start += LOCK_CHUNK_ROWS) {
    const binds = padded(ids.slice(start, start + LOCK_CHUNK_ROWS));
    const { rows } = await oracle.execute<{ received_id: string; app_id: string | null; processed_at: Date | null }>(
      `SELECT RECEIVED_ID, APP_ID, PROCESSED_AT FROM ${TABLES[table]} WHERE ${inList('RECEIVED_ID', binds.length)} ORDER BY RECEIVED_ID FOR UPDATE`,
      binds,
      // The limit equals the most rows possible, so the driver needs no second fetch.
      { maxRows: binds.length },
    );
    for (const row of rows)
      locked.push({ receivedId: row.received_id, appId: row.app_id, processed: row.processed_at !== null, table });
  }
  return locked;
};

const onPostgres: SettlePorts<Tx> = {
  lockAckedRows: lockBoth(lockOnPostgres),
  findCustomerService: async ({ query }, appIds) => {
    const { rows } = await query<{ app_id: string }>(
      `SELECT DISTINCT app_id FROM login_user WHERE app_id = ANY($1) AND role = 'customer-service' AND enabled`,
      [appIds],
      'archiver-customer-service',
    );
    return new Set(rows.map((row) => row.app_id));
  },
  markProcessed: async ({ query }, table, acks) => {
    await query(
      `UPDATE ${TABLES[table]} t SET processed_at = to_timestamp(a.processed_ms / 1000), processed_by = a.app_id
            ${table === 'history' ? `, outcome = 'processed'` : ''}
       FROM unnest($1::text[], $2::float8[], $3::text[]) AS a (received_id, processed_ms, app_id)
      WHERE t.received_id = a.received_id AND t.processed_at IS NULL`,
      [acks.map((ack) => ack.receivedId), acks.map((ack) => ack.processedAt), acks.map((ack) => ack.appId)],
      `archiver-mark-processed-${table}`,
    );
  },
};

const onOracle: SettlePorts<Tx> = {
  lockAckedRows: lockBoth(lockOnOracle),
  // Returns all customer services, for any `appIds`: they are few.
  findCustomerService: async ({ oracle }) => {
    const { rows } = await oracle.execute<{ app_id: string }>(
      `SELECT DISTINCT APP_ID FROM V_LOGIN_USER WHERE ROLE = 'customer-service' AND ENABLED = 1 AND APP_ID IS NOT NULL`,
    );
    return new Set(rows.map((row) => row.app_id));
  },
  markProcessed: async ({ oracle }, table, acks) => {
    await oracle.executeMany(
      `UPDATE ${TABLES[table]} SET PROCESSED_AT = :1, PROCESSED_BY = :2${table === 'history' ? `, OUTCOME = 'processed'` : ''}
 WHERE RECEIVED_ID = :3 AND PROCESSED_AT IS NULL`,
      acks.map((ack) => [new Date(ack.processedAt), ack.appId, ack.receivedId]),
      [TIME_COLUMN, APP_COLUMN, ID_COLUMN],
    );
  },
};

/**
 * The database side of settling acknowledgements. A message that was given up before counts as
 * processed after a late acknowledgement.
 */
export const SETTLE_PORTS: PerEngine<SettlePorts<Tx>> = { pg: onPostgres, oracledb: onOracle };
