import { type Database, forEngine, type PerEngine, type Query } from '../../shared/database/open-database';
import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import { insertExchangeRows } from './exchange-rows';

/** A scheduled message that was still waiting when its validity period ended. */
export type ExpiredMessage = {
  readonly messageId: string;
  readonly appId: string;
  readonly destAddr: string;
  readonly context: string | null;
};

export type Dispatched = { readonly handed: number; readonly expired: readonly ExpiredMessage[] };

/** Hands over up to `limit` scheduled messages that are due, inside the caller's transaction; those past their validity become EXPIRED. */
export type DispatchDue = (query: Query, limit: number, now: number) => Promise<Dispatched>;

const dispatchOnPostgres = (names: ExchangeNames): DispatchDue => {
  // rows that another instance dispatches are skipped, so this never waits and cannot be part of a deadlock
  const statement = `
WITH due AS (
  SELECT message_id FROM sm_send_t
   WHERE status = 'SCHEDULED' AND scheduled_at <= to_timestamp($1::float8 / 1000)
   ORDER BY scheduled_at LIMIT $2 FOR UPDATE SKIP LOCKED),
decided AS (
  UPDATE sm_send_t t
     SET status = CASE WHEN t.expires_at > to_timestamp($1::float8 / 1000) THEN 'HANDED' ELSE 'EXPIRED' END,
         handed_at = CASE WHEN t.expires_at > to_timestamp($1::float8 / 1000) THEN to_timestamp($1::float8 / 1000) END,
         final_at = CASE WHEN t.expires_at > to_timestamp($1::float8 / 1000) THEN NULL ELSE to_timestamp($1::float8 / 1000) END,
         reason = CASE WHEN t.expires_at > to_timestamp($1::float8 / 1000) THEN NULL ELSE 'EXPIRED' END
   WHERE message_id IN (SELECT message_id FROM due)
  RETURNING t.*),
handed AS (${insertExchangeRows(names, { cte: 'decided', now: '$1', msgFmt: '$3', orderBy: 'scheduled_at, message_id' })})
SELECT message_id, app_id, dest_addr, context, status FROM decided`;
  return async (query, limit, now) => {
    const { rows } = await query<{
      message_id: string;
      app_id: string;
      dest_addr: string;
      context: string | null;
      status: string;
    }>(statement, [now, limit, names.codes.msgFmt], 'relay-dispatch-due');
    const expired = rows.filter((row) => row.status === 'EXPIRED');
    return {
      handed: rows.length - expired.length,
      expired: expired.map((row) => ({
        messageId: row.message_id,
        appId: row.app_id,
        destAddr: row.dest_addr,
        context: row.context,
      })),
    };
  };
};

const DISPATCH_DUE: PerEngine<(names: ExchangeNames) => DispatchDue> = { pg: dispatchOnPostgres };

export const createDispatchDue = (db: Database, names: ExchangeNames): DispatchDue =>
  forEngine(db.engine, DISPATCH_DUE)(names);
