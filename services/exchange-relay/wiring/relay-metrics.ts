import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { toProblem } from '../../../shared/errors';
import type { ParkedEntry } from '../core/parked-record';
import type { BatchCounts } from '../relay-batch';

export type RelayMetrics = {
  readonly flushed: (records: number, counts: BatchCounts, ms: number) => void;
  readonly dispatched: (counts: { readonly handed: number; readonly expired: number }) => void;
  readonly failed: (error: unknown) => void;
  readonly rest: (resting: boolean) => void;
  readonly parked: (parked: readonly ParkedEntry[]) => void;
  /** of all partitions that this instance reads */
  readonly lag: (lags: readonly (readonly [partition: number, lag: number])[]) => void;
  readonly oldestUnhandled: (seconds: number) => void;
};

/** The relay's metrics; `waiting` and `tablesRefuse` are read when Prometheus asks. */
export const createRelayMetrics = (
  register: Registry,
  waiting: () => number,
  tablesRefuse: () => boolean,
): RelayMetrics => {
  const registers = [register];
  const messages = new Counter({
    name: 'sms_relay_messages_total',
    help: 'Messages by outcome',
    labelNames: ['outcome'],
    registers,
  });
  const rejects = new Counter({
    name: 'sms_relay_rejects_total',
    help: 'Messages that ended in the relay, by reason',
    labelNames: ['reason'],
    registers,
  });
  const failures = new Counter({
    name: 'sms_relay_failures_total',
    help: 'Transactions that failed and are done again, by error code: DB_DEADLOCK, DB_UNAVAILABLE …',
    labelNames: ['code'],
    registers,
  });
  const batch = new Histogram({
    name: 'sms_relay_batch_size',
    help: 'Messages per transaction',
    buckets: [1, 10, 50, 100, 250, 500, 1000, 2500],
    registers,
  });
  const duration = new Histogram({
    name: 'sms_relay_batch_seconds',
    help: 'Duration of one transaction',
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers,
  });
  const resting = new Gauge({
    name: 'sms_relay_back_pressure',
    help: '1 while handing over rests because the exchange table is full',
    registers,
  });
  const lag = new Gauge({
    name: 'sms_relay_consumer_lag',
    help: 'Records not yet fetched, by partition, with what open transactions hold back',
    labelNames: ['partition'],
    registers,
  });
  const oldest = new Gauge({
    name: 'sms_relay_oldest_unhandled_seconds',
    help: 'How long the oldest record that is not handed over yet is in the log',
    registers,
  });
  new Gauge({
    name: 'sms_relay_buffered',
    help: 'Records fetched and not yet committed',
    registers,
    collect() {
      this.set(waiting());
    },
  });
  new Gauge({
    name: 'sms_relay_tables_refuse',
    help: '1 while nothing is handed over because a table refuses what valid messages hold, or cannot be written at all',
    registers,
    collect() {
      this.set(tablesRefuse() ? 1 : 0);
    },
  });
  const parked = new Gauge({
    name: 'sms_relay_parked',
    help: 'Records that wait in SM_RELAY_PARKED, by cause: locked (by another session), refused (by a table)',
    labelNames: ['cause'],
    registers,
  });
  return {
    parked: (entries) => {
      const refused = entries.filter(({ fault }) => fault !== '').length;
      parked.set({ cause: 'refused' }, refused);
      parked.set({ cause: 'locked' }, entries.length - refused);
    },
    flushed: (records, counts, ms) => {
      batch.observe(records);
      duration.observe(ms / 1000);
      messages.inc({ outcome: 'handed' }, counts.handed);
      messages.inc({ outcome: 'scheduled' }, counts.scheduled);
      messages.inc({ outcome: 'replayed' }, counts.replayed);
      messages.inc({ outcome: 'duplicate' }, counts.duplicates);
      messages.inc({ outcome: 'conflicting_duplicate' }, counts.conflicting ?? 0);
      messages.inc({ outcome: 'dead_letter' }, counts.deadLetters);
      messages.inc({ outcome: 'parked' }, counts.parked);
      for (const [reason, count] of counts.ended) rejects.inc({ reason }, count);
    },
    dispatched: ({ handed, expired }) => {
      messages.inc({ outcome: 'handed' }, handed);
      if (expired > 0) rejects.inc({ reason: 'EXPIRED' }, expired);
    },
    failed: (error) => failures.inc({ code: toProblem(error).reason }),
    rest: (now) => resting.set(now ? 1 : 0),
    lag: (lags) => {
      lag.reset();
      for (const [partition, value] of lags) lag.set({ partition: String(partition) }, value);
    },
    oldestUnhandled: (seconds) => oldest.set(seconds),
  };
};
