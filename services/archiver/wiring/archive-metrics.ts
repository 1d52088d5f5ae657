import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { AckCounts } from '../ack-batch';
import type { ArchiveRun } from '../archive-batch';

export type ArchiverMetrics = {
  readonly slice: (phase: string, rows: number, ms: number) => void;
  readonly ran: (run: ArchiveRun) => void;
  /** As the database knows it, whichever instance ran. Epoch ms. */
  readonly lastGoodRun: (startedAt: number) => void;
  readonly settled: (counts: AckCounts, ms: number) => void;
  /** of all partitions that this instance reads */
  readonly lag: (lags: readonly (readonly [partition: number, lag: number])[]) => void;
  readonly oldestUnhandled: (seconds: number) => void;
  /** Reads, when Prometheus asks, whether a table refuses what the archiver must write. */
  readonly watch: (refused: () => boolean) => void;
};

export const createArchiverMetrics = (register: Registry): ArchiverMetrics => {
  const registers = [register];
  const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
  const rows = new Counter({
    name: 'sms_archiver_rows_total',
    help: 'Rows that a phase of the archive run took',
    labelNames: ['phase'],
    registers,
  });
  const sliceSeconds = new Histogram({
    name: 'sms_archiver_slice_seconds',
    help: 'Duration of one transaction of an archive run',
    labelNames: ['phase'],
    buckets,
    registers,
  });
  const runs = new Counter({
    name: 'sms_archiver_runs_total',
    help: 'Archive runs of this process by outcome',
    labelNames: ['outcome'],
    registers,
  });
  const runSeconds = new Gauge({
    name: 'sms_archiver_last_run_seconds',
    help: 'Duration of the last run of this process',
    registers,
  });
  const lastGood = new Gauge({
    name: 'sms_archiver_last_success_timestamp_seconds',
    help: 'Start of the last run that ended well, on any instance',
    registers,
  });
  const acks = new Counter({
    name: 'sms_archiver_acks_total',
    help: 'Acknowledgements of inbound messages by what became of them',
    labelNames: ['outcome'],
    registers,
  });
  const batch = new Histogram({
    name: 'sms_archiver_ack_batch_size',
    help: 'Acknowledgements per transaction',
    buckets: [1, 10, 50, 100, 250, 500, 1000],
    registers,
  });
  const batchSeconds = new Histogram({
    name: 'sms_archiver_ack_batch_seconds',
    help: 'Duration of one transaction of acknowledgements',
    buckets,
    registers,
  });
  let refused = (): boolean => false;
  new Gauge({
    name: 'sms_archiver_tables_refuse',
    help: '1 while a table refuses what valid acknowledgements or finished messages hold',
    registers,
    collect() {
      this.set(refused() ? 1 : 0);
    },
  });
  const lag = new Gauge({
    name: 'sms_archiver_consumer_lag',
    help: 'Acknowledgements not yet fetched, by partition, with what open transactions hold back',
    labelNames: ['partition'],
    registers,
  });
  const oldest = new Gauge({
    name: 'sms_archiver_oldest_unhandled_seconds',
    help: 'How long the oldest acknowledgement that is not noted yet is in the log',
    registers,
  });
  return {
    watch: (check) => {
      refused = check;
    },
    slice: (phase, count, ms) => {
      rows.inc({ phase }, count);
      sliceSeconds.observe({ phase }, ms / 1000);
    },
    ran: (run) => {
      runs.inc({ outcome: run.outcome });
      runSeconds.set((run.finishedAt - run.startedAt) / 1000);
    },
    lastGoodRun: (startedAt) => lastGood.set(startedAt / 1000),
    settled: (counts, ms) => {
      batch.observe(counts.applied + counts.waiting + counts.repeated + counts.refused);
      batchSeconds.observe(ms / 1000);
      for (const [outcome, count] of Object.entries(counts)) acks.inc({ outcome }, count);
    },
    lag: (lags) => {
      lag.reset();
      for (const [partition, value] of lags) lag.set({ partition: String(partition) }, value);
    },
    oldestUnhandled: (seconds) => oldest.set(seconds),
  };
};
