import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { AnswerCounts } from '../take-batch';

export type SimulatorMetrics = {
  readonly taken: (rows: number, ms: number) => void;
  readonly given: (counts: AnswerCounts) => void;
};

/** The simulator's metrics; `waiting` (answers that are not due yet) is asked when Prometheus asks. */
export const createSimulatorMetrics = (register: Registry, waiting: () => Promise<number>): SimulatorMetrics => {
  const registers = [register];
  const rows = new Counter({
    name: 'sms_simulator_taken_total',
    help: 'Rows taken from the exchange table',
    registers,
  });
  const answers = new Counter({
    name: 'sms_simulator_answers_total',
    help: 'Rows given to the exchange tables, by table',
    labelNames: ['table'],
    registers,
  });
  const batch = new Histogram({
    name: 'sms_simulator_batch_size',
    help: 'Rows taken in one transaction',
    buckets: [1, 10, 50, 100, 250, 500, 1000, 2500],
    registers,
  });
  const seconds = new Histogram({
    name: 'sms_simulator_batch_seconds',
    help: 'Duration of one taking transaction',
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers,
  });
  new Gauge({
    name: 'sms_simulator_waiting_answers',
    help: 'Answers that are not given yet; -1 while the database is away',
    registers,
    async collect() {
      this.set(await waiting().catch(() => -1));
    },
  });
  return {
    taken: (count, ms) => {
      rows.inc(count);
      batch.observe(count);
      seconds.observe(ms / 1000);
    },
    given: (counts) => {
      for (const table of ['resp', 'report', 'recv'] as const) answers.inc({ table }, counts[table]);
    },
  };
};
