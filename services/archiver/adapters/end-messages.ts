import type { Query } from '../../shared/database/open-database';
import type { ArchivePlan } from '../core/plan-archive';
import { type EndedMessage, REASONS } from '../core/to-ended-event';

/** One way to end messages: which ones, when their deadline passed, and what they become. */
export type Ending = {
  readonly status: 'UNKNOWN' | 'EXPIRED';
  /** SQL: which rows; $4 is the moment (epoch ms) before which `orderBy` must lie */
  readonly due: string;
  readonly orderBy: string;
  /** from `orderBy` to the deadline */
  readonly deadlineMs: (plan: ArchivePlan) => number;
};

/** Handed over, and the province never said what became of it. A report that still comes after this corrects it. */
export const END_UNANSWERED: Ending = {
  status: 'UNKNOWN',
  due: 'final_at IS NULL',
  orderBy: 'handed_at',
  deadlineMs: (plan) => plan.reportDeadlineMs,
};

/**
 * Published for a table row, but its record never reached the relay as a message (lost with its topic, or set aside as a dead letter), and its
 * validity ended long ago. The relay takes no row that is final, and hands nothing over that is past its validity, so nobody sends it any more.
 */
export const EXPIRE_UNHANDED: Ending = {
  status: 'EXPIRED',
  due: `final_at IS NULL AND handed_at IS NULL AND status = 'QUEUED'`,
  orderBy: 'expires_at',
  deadlineMs: () => 0,
};

/** Rows that others hold are skipped (a report is being settled on them right now), so this never waits and is part of no deadlock. */
const endStatement = ({ status, due, orderBy }: Ending): string => `
WITH due AS (
  SELECT message_id, ${orderBy} AS at FROM sm_send_t
   WHERE ${due} AND ${orderBy} < to_timestamp($4::float8 / 1000) AND ${orderBy} >= to_timestamp($3::float8 / 1000)
   ORDER BY ${orderBy} LIMIT $2 FOR UPDATE SKIP LOCKED)
UPDATE sm_send_t t SET status = '${status}', reason = '${REASONS[status]}', final_at = to_timestamp($1::float8 / 1000)
 WHERE message_id = ANY(ARRAY(SELECT message_id FROM due))
RETURNING message_id, app_id, dest_addr, context, gateway_msg_id, gateway_code, (extract(epoch FROM ${orderBy}) * 1000)::float8 AS at_ms`;

/** A function that ends one slice of messages inside the caller's transaction and returns them, so that their events can be published. */
export const createEndMessages = (ending: Ending) => {
  const statement = endStatement(ending);
  return async (
    query: Query,
    plan: ArchivePlan,
    from: number,
  ): Promise<{ readonly messages: readonly EndedMessage[]; readonly upTo: number }> => {
    const { rows } = await query<{
      message_id: string;
      app_id: string;
      dest_addr: string;
      context: string | null;
      gateway_msg_id: string | null;
      gateway_code: string | null;
      at_ms: number;
    }>(statement, [plan.now, plan.sliceRows, from, plan.handedBefore], `archiver-end-${ending.status.toLowerCase()}`);
    return {
      messages: rows.map((row) => ({
        messageId: row.message_id,
        appId: row.app_id,
        destAddr: row.dest_addr,
        context: row.context,
        gatewayMsgId: row.gateway_msg_id,
        gatewayCode: row.gateway_code,
        endedAt: row.at_ms + ending.deadlineMs(plan),
      })),
      upTo: rows.reduce((latest, row) => Math.max(latest, row.at_ms), from),
    };
  };
};
