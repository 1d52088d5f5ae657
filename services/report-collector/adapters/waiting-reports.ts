import type { Query } from '../../shared/database/open-database';
import type { Selection } from '../collect-batch';
import type { WaitingReport } from '../core/collect-plan';
import type { ReportRow } from '../core/exchange-rows';

const claim = (which: string): string => `
WITH gone AS (
  DELETE FROM sm_report_wait WHERE wait_id = ANY(ARRAY(
    SELECT wait_id FROM sm_report_wait ${which} FOR UPDATE SKIP LOCKED))
  RETURNING *)
SELECT wait_id::text AS id, gateway_msg_id, msg_id, dest_addr, stat, err_code, event_id, source_seq, tries,
       (extract(epoch FROM submit_time) * 1000)::float8 AS submit_ms, (extract(epoch FROM done_time) * 1000)::float8 AS done_ms,
       (extract(epoch FROM first_seen_at) * 1000)::float8 AS first_seen_ms
  FROM gone ORDER BY first_seen_at, wait_id`;

const DUE = claim('WHERE next_try_at <= to_timestamp($2::float8 / 1000) ORDER BY next_try_at LIMIT $1');
const THESE = claim('WHERE wait_id = ANY($1)');

type Row = {
  readonly id: string;
  readonly gateway_msg_id: string | null;
  readonly msg_id: string | null;
  readonly dest_addr: string | null;
  readonly stat: string | null;
  readonly err_code: string | null;
  readonly event_id: string;
  readonly source_seq: string;
  readonly tries: number;
  readonly submit_ms: number | null;
  readonly done_ms: number | null;
  readonly first_seen_ms: number;
};

/** Deletes waiting reports whose next try is due and returns them, those that came first first. */
export const claimWaiting = async (query: Query, selection: Selection, now: number): Promise<readonly ReportRow[]> => {
  const { rows } =
    'limit' in selection ? await query<Row>(DUE, [selection.limit, now]) : await query<Row>(THESE, [selection.ids]);
  return rows.map((row) => ({
    id: row.id,
    gatewayMsgId: row.gateway_msg_id,
    msgId: row.msg_id,
    destAddr: row.dest_addr,
    stat: row.stat,
    errCode: row.err_code,
    submitMs: row.submit_ms,
    doneMs: row.done_ms,
    waited: {
      eventId: row.event_id,
      sourceSeq: row.source_seq,
      firstSeenMs: row.first_seen_ms,
      tries: row.tries,
    },
  }));
};

/** Keeps reports until their next try. */
export const insertWaiting = async (query: Query, reports: readonly WaitingReport[]): Promise<void> => {
  await query(
    `INSERT INTO sm_report_wait (event_id, source_seq, gateway_msg_id, msg_id, dest_addr, stat, err_code, submit_time, done_time,
                                 first_seen_at, next_try_at, tries)
     SELECT event_id, source_seq, gateway_msg_id, msg_id, dest_addr, stat, err_code, to_timestamp(submit_ms / 1000), to_timestamp(done_ms / 1000),
            to_timestamp(first_seen_ms / 1000), to_timestamp(next_try_ms / 1000), tries
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::float8[], $9::float8[],
                   $10::float8[], $11::float8[], $12::int[])
         AS w (event_id, source_seq, gateway_msg_id, msg_id, dest_addr, stat, err_code, submit_ms, done_ms, first_seen_ms, next_try_ms, tries)`,
    [
      reports.map((report) => report.eventId),
      reports.map((report) => report.sourceSeq),
      reports.map((report) => report.gatewayMsgId),
      reports.map((report) => report.msgId),
      reports.map((report) => report.destAddr),
      reports.map((report) => report.stat),
      reports.map((report) => report.errCode),
      reports.map((report) => report.submitMs),
      reports.map((report) => report.doneMs),
      reports.map((report) => report.firstSeenMs),
      reports.map((report) => report.nextTryMs),
      reports.map((report) => report.tries),
    ],
    'collector-insert-waiting',
  );
};
