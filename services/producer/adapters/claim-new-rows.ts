import type { SmsSend } from '../../shared/avro/records';
import { type Database, forEngine, type PerEngine, type Query } from '../../shared/database/open-database';
import { DEFAULT_VALIDITY_MS } from '../../shared/sms/effective-times';
import type { Refusal } from '../core/message-request';

export type IntakeStatements = {
  /** Locks up to `limit` NEW rows that no other instance has locked, oldest first, and returns them as records. Never waits. */
  readonly claimNew: (query: Query, limit: number) => Promise<readonly SmsSend[]>;
  readonly markTaken: (
    query: Query,
    taken: { readonly queued: readonly string[]; readonly rejected: ReadonlyMap<string, Refusal> },
    now: number,
  ) => Promise<void>;
};

const CLAIM = `
SELECT message_id AS "messageId", app_id AS "appId", dest_addr AS "to", content, ext_code AS "extCode", priority, need_report AS "needReport",
       context, (extract(epoch FROM scheduled_at) * 1000)::float8 AS "scheduledAt", (extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAt",
       (extract(epoch FROM created_at) * 1000)::float8 AS "createdAt"
  FROM sm_send_t WHERE status = 'NEW' ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED`;

/** With a validity in any case: a queued row whose record is lost ends with it. The relay sets the one that counts. */
const QUEUE = `
UPDATE sm_send_t
   SET status = 'QUEUED', expires_at = coalesce(expires_at, coalesce(scheduled_at, created_at) + $2::float8 * interval '1 millisecond')
 WHERE message_id = ANY($1)`;

const REJECT = `
UPDATE sm_send_t t
   SET status = 'REJECTED', reason = m.reason, final_at = to_timestamp($3::float8 / 1000), expires_at = to_timestamp($3::float8 / 1000)
  FROM unnest($1::text[], $2::text[]) AS m (message_id, reason) WHERE t.message_id = m.message_id`;

const statementsOnPostgres = (): IntakeStatements => ({
  claimNew: async (query, limit) => (await query<SmsSend>(CLAIM, [limit], 'producer-claim-new')).rows,
  markTaken: async (query, { queued, rejected }, now) => {
    if (queued.length > 0) await query(QUEUE, [queued, DEFAULT_VALIDITY_MS], 'producer-mark-queued');
    if (rejected.size > 0) {
      const reasons = [...rejected.values()].map(({ code }) => code);
      await query(REJECT, [[...rejected.keys()], reasons, now]);
    }
  },
});

const STATEMENTS: PerEngine<() => IntakeStatements> = { pg: statementsOnPostgres };

export const createIntakeStatements = (db: Database): IntakeStatements => forEngine(db.engine, STATEMENTS)();
