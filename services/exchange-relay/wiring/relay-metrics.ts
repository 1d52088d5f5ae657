import type { Registry } from 'prom-client';
import type { ErrorCode } from '../../../shared/error-codes';
import { toProblem } from '../../../shared/errors';
import { createMetrics, createProgressMetrics, each } from '../../../shared/service/create-metrics';
import { SEND_PROBLEMS } from '../../../shared/sms/validate-send';
import type { ParkedEntry } from '../core/parked-record';
import type { BatchCounts } from '../relay-batch';

const OUTCOMES = [
  'handed',
  'scheduled',
  'replayed',
  'duplicate',
  'conflicting_duplicate',
  'dead_letter',
  'parked',
] as const;
const USUAL_FAILURES: readonly ErrorCode[] = [
  'DB_DEADLOCK',
  'DB_LOCKED',
  'DB_SERIALIZATION',
  'DB_TIMEOUT',
  'DB_UNAVAILABLE',
  'KAFKA_UNAVAILABLE',
];

/** Creates the relay's metrics. Prometheus's request reads `waiting` and `tablesRefuse`. */
export const createRelayMetrics = (register: Registry, waiting: () => number, tablesRefuse: () => boolean) => {
  const { counter, gauge, sizes, seconds } = createMetrics(register);
  const messages = counter('sms_relay_messages_total', 'Messages by outcome', ['outcome'], each('outcome', OUTCOMES));
  const rejects = counter(
    'sms_relay_rejects_total',
    'Messages that ended in the relay, by reason',
    ['reason'],
    each('reason', ['EXPIRED', ...SEND_PROBLEMS]),
  );
  const failures = counter(
    'sms_relay_failures_total',
    'Transactions that failed and are done again, by error code: DB_DEADLOCK, DB_UNAVAILABLE …',
    ['code'],
    each('code', USUAL_FAILURES),
  );
  const batch = sizes('sms_relay_batch_size', 'Messages per transaction');
  const duration = seconds('sms_relay_batch_seconds', 'Duration of one transaction');
  const throttled = gauge('sms_relay_back_pressure', '1 while the relay pauses because the exchange table is full');
  const progress = createProgressMetrics(
    gauge('sms_relay_consumer_lag', 'Records not yet fetched, by partition, with what open transactions hold back', [
      'partition',
    ]),
    gauge('sms_relay_oldest_unhandled_seconds', 'How long the oldest record that is not handed over yet is in the log'),
  );
  gauge('sms_relay_buffered', 'Records fetched and not yet committed', [], (buffered) => buffered.set(waiting()));
  gauge(
    'sms_relay_tables_refuse',
    '1 while nothing is handed over because a table refuses what valid messages hold, or cannot be written at all',
    [],
    (refuse) => refuse.set(tablesRefuse() ? 1 : 0),
  );
  const parked = gauge(
    'sms_relay_parked',
    'Records that wait in SM_RELAY_PARKED, by cause: locked (by another session), refused (by a table)',
    ['cause'],
  );
  for (const cause of ['refused', 'locked']) parked.set({ cause }, 0);
  return {
    ...progress,
    parked: (entries: readonly ParkedEntry[]): void => {
      const refused = entries.filter(({ fault }) => fault !== '').length;
      parked.set({ cause: 'refused' }, refused);
      parked.set({ cause: 'locked' }, entries.length - refused);
    },
    flushed: (records: number, counts: BatchCounts, ms: number): void => {
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
    dispatched: ({ handed, expired }: { readonly handed: number; readonly expired: number }): void => {
      messages.inc({ outcome: 'handed' }, handed);
      if (expired > 0) rejects.inc({ reason: 'EXPIRED' }, expired);
    },
    failed: (error: unknown): void => failures.inc({ code: toProblem(error).reason }),
    throttle: (now: boolean): void => throttled.set(now ? 1 : 0),
  };
};

export type RelayMetrics = ReturnType<typeof createRelayMetrics>;
