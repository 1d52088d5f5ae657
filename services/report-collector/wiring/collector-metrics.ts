import type { Registry } from 'prom-client';
import { createMetrics } from '../../../shared/service/create-metrics';
import { type Collected, INBOUND_TABLES, type InboundTableName } from '../collect-batch';
import type { Backlog } from '../sql/backlog-probe';

const STATUSES = ['SUBMITTED', 'SUBMIT_FAILED', 'DELIVERED', 'UNDELIVERED', 'EXPIRED', 'REJECTED', 'UNKNOWN'] as const;
const OF_REPORTS = [...STATUSES, 'unchanged', 'code_unknown', 'waiting', 'unmatched', 'forgotten', 'set_aside'];
const OUTCOMES: Readonly<Record<InboundTableName, readonly string[]>> = {
  resp: ['SUBMITTED', 'SUBMIT_FAILED', 'unchanged', 'unmatched', 'set_aside'],
  report: OF_REPORTS,
  wait: OF_REPORTS,
  recv: ['received', 'unrouted', 'undecoded', 'set_aside'],
};

export const createCollectorMetrics = (register: Registry) => {
  const { counter, gauge, sizes, seconds } = createMetrics(register);
  const batch = sizes(
    'sms_collector_batch_size',
    'Rows per transaction, by source (resp, report, recv, wait: reports tried again)',
    ['source'],
  );
  const duration = seconds('sms_collector_batch_seconds', 'Duration of one transaction, from the claim to the commit', [
    'source',
  ]);
  const rows = counter(
    'sms_collector_rows_total',
    'Rows by outcome: the status that they gave their message, unchanged, code_unknown, waiting, unmatched, forgotten (no message came in time), received, unrouted, set_aside; and undecoded: inbound rows whose CONTENT was passed on as it came',
    ['source', 'outcome'],
    INBOUND_TABLES.flatMap((source) => OUTCOMES[source].map((outcome) => ({ source, outcome }))),
  );
  const unmatched = counter(
    'sms_collector_unmatched_total',
    'Submit results and reports about messages that the platform does not know',
  );
  const unknownCodes = counter(
    'sms_collector_unknown_codes_total',
    'Delivery reports whose code is in no pattern of codes.report of the exchange file: their messages stay open',
  );
  const waiting = gauge('sms_collector_waiting_reports', 'Reports that wait for their message (counted up to 100000)');
  const backlog = gauge('sms_collector_backlog_rows', 'Rows in the exchange tables (counted up to 100000)', ['source']);
  const watched = new Map<InboundTableName, () => boolean>();
  gauge(
    'sms_collector_refused',
    '1 while a source rests because a table or the broker refuses what valid rows hold',
    ['source'],
    (refusing) => {
      for (const [table, refused] of watched) refusing.set({ source: table }, refused() ? 1 : 0);
    },
  );
  return {
    /** Adds a table to the gauge `sms_collector_refused`. Prometheus's request runs the check. */
    watch: (table: InboundTableName, refused: () => boolean): void => void watched.set(table, refused),
    collected: (table: InboundTableName, { rows: count, outcomes }: Collected, ms: number): void => {
      batch.observe({ source: table }, count);
      duration.observe({ source: table }, ms / 1000);
      for (const [outcome, amount] of Object.entries(outcomes)) rows.inc({ source: table, outcome }, amount);
      if (outcomes.unmatched !== undefined) unmatched.inc(outcomes.unmatched);
      if (outcomes.code_unknown !== undefined) unknownCodes.inc(outcomes.code_unknown);
    },
    backlog: ({ wait, ...tables }: Backlog): void => {
      waiting.set(wait);
      for (const [table, count] of Object.entries(tables)) backlog.set({ source: table }, count);
    },
  };
};
