import type { Registry } from 'prom-client';
import { createMetrics, createProgressMetrics, each } from '../../../shared/service/create-metrics';
import type { AckCounts } from '../ack-batch';
import type { ArchiveRun } from '../archive-batch';
import { PHASES } from '../core/plan-archive';

export type ArchiverMetrics = ReturnType<typeof createArchiverMetrics>;

const ACK_OUTCOMES: readonly (keyof AckCounts)[] = ['applied', 'waiting', 'repeated', 'refused'];
const SIZES = [1, 10, 50, 100, 250, 500, 1000];
const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

const createRunMetrics = ({ counter, gauge, seconds }: ReturnType<typeof createMetrics>) => {
  const rows = counter(
    'sms_archiver_rows_total',
    'Rows that a phase of the archive run took',
    ['phase'],
    each('phase', PHASES),
  );
  const sliceSeconds = seconds(
    'sms_archiver_slice_seconds',
    'Duration of one transaction of an archive run',
    ['phase'],
    SECONDS,
  );
  const runs = counter(
    'sms_archiver_runs_total',
    'Archive runs of this process by outcome',
    ['outcome'],
    each('outcome', ['ok', 'failed']),
  );
  const runSeconds = gauge('sms_archiver_last_run_seconds', 'Duration of the last run of this process');
  const lastGood = gauge(
    'sms_archiver_last_success_timestamp_seconds',
    'Start of the last run that ended well, on any instance',
  );
  return {
    slice: (phase: string, count: number, ms: number): void => {
      rows.inc({ phase }, count);
      sliceSeconds.observe({ phase }, ms / 1000);
    },
    ran: (run: ArchiveRun): void => {
      runs.inc({ outcome: run.outcome });
      runSeconds.set((run.finishedAt - run.startedAt) / 1000);
    },
    /**
     * Sets the start (epoch ms) of the last good run of any instance, as recorded in the database.
     */
    lastGoodRun: (startedAt: number): void => lastGood.set(startedAt / 1000),
  };
};

export const createArchiverMetrics = (register: Registry) => {
  const make = createMetrics(register);
  const { counter, gauge, sizes, seconds } = make;
  const acks = counter(
    'sms_archiver_acks_total',
    'Acknowledgements of received messages by outcome',
    ['outcome'],
    each('outcome', ACK_OUTCOMES),
  );
  const batch = sizes('sms_archiver_ack_batch_size', 'Acknowledgements per transaction', [], SIZES);
  const batchSeconds = seconds(
    'sms_archiver_ack_batch_seconds',
    'Duration of one transaction of acknowledgements',
    [],
    SECONDS,
  );
  let refused = (): boolean => false;
  gauge(
    'sms_archiver_tables_refuse',
    '1 while a table refuses what valid acknowledgements or finished messages hold',
    [],
    (refuse) => refuse.set(refused() ? 1 : 0),
  );
  const progress = createProgressMetrics(
    gauge(
      'sms_archiver_consumer_lag',
      'Acknowledgements not yet fetched, by partition, with what open transactions hold back',
      ['partition'],
    ),
    gauge(
      'sms_archiver_oldest_unhandled_seconds',
      'How long the oldest acknowledgement that is not noted yet is in the log',
    ),
  );
  return {
    ...progress,
    ...createRunMetrics(make),
    /**
     * Sets the check whether a table refuses the archiver's writes. Prometheus's request runs it.
     */
    watch: (check: () => boolean): void => {
      refused = check;
    },
    settled: (counts: AckCounts, ms: number): void => {
      batch.observe(counts.applied + counts.waiting + counts.repeated + counts.refused);
      batchSeconds.observe(ms / 1000);
      for (const [outcome, count] of Object.entries(counts)) acks.inc({ outcome }, count);
    },
  };
};
