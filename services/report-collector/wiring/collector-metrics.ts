import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Collected, SourceName } from '../collect-batch';
import type { Backlog } from '../sql/measure-backlog';

export type CollectorMetrics = {
  readonly collected: (source: SourceName, collected: Collected, ms: number) => void;
  /** Reads, when Prometheus asks, whether a source rests because a table or the broker refuses what valid rows hold. */
  readonly watch: (source: SourceName, refused: () => boolean) => void;
  readonly backlog: (backlog: Backlog) => void;
};

export const createCollectorMetrics = (register: Registry): CollectorMetrics => {
  const registers = [register];
  const labelNames = ['source'] as const;
  const batch = new Histogram({
    name: 'sms_collector_batch_size',
    help: 'Rows per transaction, by source (resp, report, recv, wait: reports tried again)',
    labelNames,
    buckets: [1, 10, 50, 100, 250, 500, 1000, 2500],
    registers,
  });
  const seconds = new Histogram({
    name: 'sms_collector_batch_seconds',
    help: 'Duration of one transaction, from the claim to the commit',
    labelNames,
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers,
  });
  const rows = new Counter({
    name: 'sms_collector_rows_total',
    help: 'Rows by what became of them: a status that the message got by them, unchanged, code_unknown, waiting, unmatched, forgotten (remembered in vain), received, unrouted, set_aside; besides, undecoded: inbound rows whose CONTENT was passed on as it came',
    labelNames: ['source', 'outcome'],
    registers,
  });
  const unmatched = new Counter({
    name: 'sms_collector_unmatched_total',
    help: 'Submit results and reports about messages that the platform does not know',
    registers,
  });
  const unknownCodes = new Counter({
    name: 'sms_collector_unknown_codes_total',
    help: 'Delivery reports whose code is in no pattern of codes.report of the exchange file: their messages stay open',
    registers,
  });
  const waiting = new Gauge({
    name: 'sms_collector_waiting_reports',
    help: 'Reports that wait for their message (counted up to 100000)',
    registers,
  });
  const backlog = new Gauge({
    name: 'sms_collector_backlog_rows',
    help: 'Rows in the exchange tables (counted up to 100000)',
    labelNames,
    registers,
  });
  const watched = new Map<SourceName, () => boolean>();
  new Gauge({
    name: 'sms_collector_refused',
    help: '1 while a source rests because a table or the broker refuses what valid rows hold',
    labelNames,
    registers,
    collect() {
      for (const [source, refused] of watched) this.set({ source }, refused() ? 1 : 0);
    },
  });
  return {
    watch: (source, refused) => watched.set(source, refused),
    collected: (source, { rows: count, outcomes }, ms) => {
      batch.observe({ source }, count);
      seconds.observe({ source }, ms / 1000);
      for (const [outcome, of] of Object.entries(outcomes)) rows.inc({ source, outcome }, of);
      if (outcomes.unmatched !== undefined) unmatched.inc(outcomes.unmatched);
      if (outcomes.code_unknown !== undefined) unknownCodes.inc(outcomes.code_unknown);
    },
    backlog: ({ wait, ...tables }) => {
      waiting.set(wait);
      for (const [source, count] of Object.entries(tables)) backlog.set({ source }, count);
    },
  };
};
