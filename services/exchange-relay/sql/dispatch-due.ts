import { type Database, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import { ID_COLUMN, TIME_COLUMN } from '../../../shared/database/oracle/oracle-columns';
import { changedRows } from '../../../shared/database/oracle/row-counts';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { createInsertExchangeRows, insertExchangeRows } from './exchange-rows';

/** A scheduled message that was still waiting when its validity ended. */
export type ExpiredMessage = {
  readonly messageId: string;
  readonly appId: string;
  readonly destAddr: string;
  readonly context: string | null;
};

export type Dispatched = { readonly handed: number; readonly expired: readonly ExpiredMessage[] };

/**
 * Hands over up to `limit` scheduled messages that are due, inside the caller's transaction.
 * Messages past their validity become EXPIRED.
 */
export type DispatchDue = (tx: Tx, limit: number, now: number) => Promise<Dispatched>;

type DueRow = {
  readonly message_id: string;
  readonly app_id: string;
  readonly dest_addr: string;
  readonly context: string | null;
};

const toExpired = (row: DueRow): ExpiredMessage => ({
  messageId: row.message_id,
  appId: row.app_id,
  destAddr: row.dest_addr,
  context: row.context,
});

const dispatchOnPostgres = (mapping: ExchangeMapping): DispatchDue => {
  // Skips rows that another instance dispatches, so this never waits and cannot be part of a
  // deadlock.
  const statement = `
WITH due AS (
  SELECT msg_id FROM sm_send_t
   WHERE status = 'SCHEDULED' AND scheduled_at <= to_timestamp($1::float8 / 1000)
   ORDER BY scheduled_at LIMIT $2 FOR UPDATE SKIP LOCKED),
decided AS (
  UPDATE sm_send_t t
     SET status = CASE WHEN t.expires_at > to_timestamp($1::float8 / 1000) THEN 'HANDED' ELSE 'EXPIRED' END,
         handed_at = CASE WHEN t.expires_at > to_timestamp($1::float8 / 1000) THEN to_timestamp($1::float8 / 1000) END,
         final_at = CASE WHEN t.expires_at > to_timestamp($1::float8 / 1000) THEN NULL ELSE to_timestamp($1::float8 / 1000) END,
         reason = CASE WHEN t.expires_at > to_timestamp($1::float8 / 1000) THEN NULL ELSE 'EXPIRED' END
   WHERE msg_id IN (SELECT msg_id FROM due)
  RETURNING t.*),
handed AS (${insertExchangeRows(mapping, { cte: 'decided', now: '$1', orderBy: 'scheduled_at, message_id' })})
SELECT message_id, app_id, dest_addr, context, status FROM decided`;
  return async ({ query }, limit, now) => {
    const { rows } = await query<DueRow & { readonly status: string }>(statement, [now, limit], 'relay-dispatch-due');
    const expired = rows.filter((row) => row.status === 'EXPIRED');
    return { handed: rows.length - expired.length, expired: expired.map(toExpired) };
  };
};

/**
 * The expression of the index. In its order there is no sort, and a row is locked when it is
 * fetched. The hint enforces the index.
 */
const DUE_AT = `CASE WHEN STATUS = 'SCHEDULED' THEN SCHEDULED_AT END`;

const CLAIM = `SELECT /*+ FIRST_ROWS(100) INDEX(T SM_SEND_T_SCHEDULED) */ MSG_ID, MESSAGE_ID, APP_ID, DEST_ADDR, CONTEXT FROM SM_SEND_T T
 WHERE ${DUE_AT} <= :1 ORDER BY ${DUE_AT} FOR UPDATE SKIP LOCKED`;

/**
 * Repeats the test of STATUS: another instance may have decided a row after this one's snapshot.
 */
const DECIDE = `UPDATE SM_SEND_T SET STATUS = CASE WHEN EXPIRES_AT > :1 THEN 'HANDED' ELSE 'EXPIRED' END,
  HANDED_AT = CASE WHEN EXPIRES_AT > :2 THEN :3 END, FINAL_AT = CASE WHEN EXPIRES_AT > :4 THEN NULL ELSE :5 END,
  REASON = CASE WHEN EXPIRES_AT > :6 THEN NULL ELSE 'EXPIRED' END
 WHERE MSG_ID = :7 AND STATUS = 'SCHEDULED'`;

const DECIDE_COLUMNS = [...Array.from({ length: 6 }, () => TIME_COLUMN), ID_COLUMN];

const dispatchOnOracle = (mapping: ExchangeMapping): DispatchDue => {
  const insert = createInsertExchangeRows(mapping);
  return async (tx, limit, nowMs) => {
    const now = new Date(nowMs);
    const { rows } = await tx.oracle.execute<DueRow & { readonly msg_id: string }>(CLAIM, [now], { maxRows: limit });
    const counts = await tx.oracle.executeMany(
      DECIDE,
      rows.map(({ msg_id }) => [now, now, now, now, now, now, msg_id]),
      DECIDE_COLUMNS,
    );
    const decided = changedRows(rows, counts);
    const handed = await insert(
      tx,
      decided.map(({ msg_id }) => msg_id),
    );
    const expired = decided.filter((_, index) => !handed[index]);
    return { handed: decided.length - expired.length, expired: expired.map(toExpired) };
  };
};

const DISPATCH_DUE: PerEngine<(mapping: ExchangeMapping) => DispatchDue> = {
  pg: dispatchOnPostgres,
  oracledb: dispatchOnOracle,
};

export const createDispatchDue = (db: Pick<Database, 'engine'>, mapping: ExchangeMapping): DispatchDue =>
  forEngine(db.engine, DISPATCH_DUE)(mapping);
