import type { Registry } from 'prom-client';
import { createMetrics, each } from '../../../shared/service/create-metrics';
import { SEND_PROBLEMS } from '../../../shared/sms/validate-send';
import type { MessageOutcome } from '../accept-messages';
import type { IntakeCounts } from '../intake-batch';

export type ProducerMetrics = ReturnType<typeof createProducerMetrics>;

const SOURCES = ['http', 'table'];

/** The routes of the interface; a test compares its description. */
export const ROUTES = [
  'POST /v1/messages',
  'GET /v1/messages/:id',
  'DELETE /v1/messages/:id',
  'GET /v1/received',
  'POST /v1/received/:id/ack',
];
/** The statuses that alerts ask for. */
const STATUSES = ['429', '500', '503'];

const createCounters = ({ counter }: ReturnType<typeof createMetrics>) => ({
  requests: counter(
    'sms_producer_http_requests_total',
    'HTTP requests by route and status',
    ['route', 'status'],
    ROUTES.flatMap((route) => STATUSES.map((status) => ({ route, status }))),
  ),
  queued: counter(
    'sms_producer_messages_total',
    'Messages published on sms.send, by source',
    ['source'],
    each('source', SOURCES),
  ),
  rejects: counter(
    'sms_producer_rejects_total',
    'Messages refused, by source and reason',
    ['source', 'reason'],
    SOURCES.flatMap((source) => SEND_PROBLEMS.map((reason) => ({ source, reason }))),
  ),
});

/** Creates the producer's metrics. Each scrape reads `pending`. */
export const createProducerMetrics = (register: Registry, pending: () => number) => {
  const make = createMetrics(register);
  const { counter, gauge, sizes, seconds } = make;
  const { requests, queued, rejects } = createCounters(make);
  const duration = seconds('sms_producer_http_request_seconds', 'Duration of HTTP requests by route', ['route']);
  const batch = sizes(
    'sms_producer_intake_batch_size',
    'Rows of SM_SEND_T per transaction',
    [],
    [1, 10, 50, 100, 250, 500, 1000, 5000],
  );
  const batchSeconds = seconds('sms_producer_intake_batch_seconds', 'Duration of one transaction of the table intake');
  const cancelled = counter('sms_producer_cancelled_total', 'Cancelled messages whose final event was published');
  gauge('sms_producer_http_pending', 'Messages that wait for the acknowledgement of Kafka', [], (waiting) =>
    waiting.set(pending()),
  );
  const NOTHING = { queued: 0, rejected: 0, requests: 0 };
  let summary = NOTHING;
  return {
    answered: (route: string, status: number, ms: number): void => {
      requests.inc({ route, status: String(status) });
      duration.observe({ route }, ms / 1000);
      summary = { ...summary, requests: summary.requests + 1 };
    },
    judged: (outcomes: readonly MessageOutcome[]): void => {
      let good = 0;
      for (const outcome of outcomes) {
        if (outcome.ok) good += 1;
        else rejects.inc({ source: 'http', reason: outcome.problem.code });
      }
      queued.inc({ source: 'http' }, good);
      const { rejected } = summary;
      summary = { ...summary, queued: summary.queued + good, rejected: rejected + outcomes.length - good };
    },
    taken: (counts: IntakeCounts, ms: number): void => {
      let rows = counts.queued;
      queued.inc({ source: 'table' }, counts.queued);
      for (const [reason, count] of counts.rejected) {
        rejects.inc({ source: 'table', reason }, count);
        rows += count;
      }
      batch.observe(rows);
      batchSeconds.observe(ms / 1000);
    },
    announced: (messages: number): void => cancelled.inc(messages),
    /**
     * Returns the requests and the messages accepted and refused over HTTP since the last call, for
     * the log.
     */
    takeSummary: () => {
      const taken = summary;
      summary = NOTHING;
      return taken;
    },
  };
};
