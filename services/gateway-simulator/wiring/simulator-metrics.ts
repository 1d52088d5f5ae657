import type { Registry } from 'prom-client';
import { createMetrics, each } from '../../../shared/service/create-metrics';
import type { AnswerCounts } from '../take-batch';

const TABLES = ['resp', 'report', 'recv'] as const;

/**
 * Creates the simulator's metrics. Each scrape reads `waiting`, the number of replies that are not
 * due yet.
 */
export const createSimulatorMetrics = (register: Registry, waiting: () => Promise<number>) => {
  const { counter, gauge, sizes, seconds } = createMetrics(register);
  const rows = counter('sms_simulator_taken_total', 'Rows taken from the exchange table');
  const answers = counter(
    'sms_simulator_answers_total',
    'Rows given to the exchange tables, by table',
    ['table'],
    each('table', TABLES),
  );
  const batch = sizes('sms_simulator_batch_size', 'Rows taken in one transaction');
  const duration = seconds('sms_simulator_batch_seconds', 'Duration of one taking transaction');
  gauge(
    'sms_simulator_waiting_answers',
    'Answers that are not given yet; -1 while the database is unreachable',
    [],
    async (answersWaiting) => answersWaiting.set(await waiting().catch(() => -1)),
  );
  return {
    taken: (count: number, ms: number): void => {
      rows.inc(count);
      batch.observe(count);
      duration.observe(ms / 1000);
    },
    given: (counts: AnswerCounts): void => {
      for (const table of TABLES) answers.inc({ table }, counts[table]);
    },
  };
};
