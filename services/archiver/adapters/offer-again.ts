import type { SmsReceived } from '../../shared/avro/records';
import type { Query } from '../../shared/database/open-database';
import type { ArchivePlan } from '../core/plan-archive';

const STATEMENT = `
WITH due AS (
  SELECT received_id, offered_at FROM sm_receive_t
   WHERE processed_at IS NULL AND offered_at < to_timestamp($4::float8 / 1000) AND offered_at >= to_timestamp($3::float8 / 1000)
     AND attempt < $5::int
   ORDER BY offered_at LIMIT $2 FOR UPDATE SKIP LOCKED)
UPDATE sm_receive_t t SET attempt = attempt + 1, offered_at = to_timestamp($1::float8 / 1000)
 WHERE received_id = ANY(ARRAY(SELECT received_id FROM due))
RETURNING received_id, src_addr, dest_addr, ext_code, app_id, content, attempt,
          (extract(epoch FROM received_at) * 1000)::float8 AS received_ms, (extract(epoch FROM recorded_at) * 1000)::float8 AS recorded_ms,
          (SELECT (extract(epoch FROM max(offered_at)) * 1000)::float8 FROM due) AS up_to`;

type Row = {
  readonly received_id: string;
  readonly src_addr: string;
  readonly dest_addr: string;
  readonly ext_code: string | null;
  readonly app_id: string | null;
  readonly content: string;
  readonly attempt: number;
  readonly received_ms: number;
  readonly recorded_ms: number;
  readonly up_to: number;
};

/**
 * Takes one slice of inbound messages that nobody acknowledged and that may be offered again, counts the attempt, and returns them as they
 * must be published (same receivedId) before the caller commits.
 */
export const offerAgain = async (
  query: Query,
  plan: ArchivePlan,
  from: number,
): Promise<{ readonly received: readonly SmsReceived[]; readonly upTo: number }> => {
  const { rows } = await query<Row>(STATEMENT, [
    plan.now,
    plan.sliceRows,
    from,
    plan.offeredBefore,
    plan.receivedMaxAttempts,
  ]);
  const received = rows.map((row) => ({
    receivedId: row.received_id,
    from: row.src_addr,
    to: row.dest_addr,
    extCode: row.ext_code,
    appId: row.app_id,
    content: row.content,
    receivedAt: row.received_ms,
    recordedAt: row.recorded_ms,
    attempt: row.attempt,
  }));
  // one sender's messages keep their order
  received.sort((a, b) => a.receivedAt - b.receivedAt);
  return { received, upTo: rows[0]?.up_to ?? from };
};
