import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { MessageOutcome } from '../accept-messages';
import type { IntakeCounts } from '../intake-batch';

export type ProducerMetrics = {
  readonly answered: (route: string, status: number, ms: number) => void;
  readonly judged: (outcomes: readonly MessageOutcome[]) => void;
  readonly taken: (counts: IntakeCounts, ms: number) => void;
  readonly announced: (messages: number) => void;
  /** Messages taken and refused over HTTP since the last call, for the log. */
  readonly takeSummary: () => { readonly queued: number; readonly rejected: number; readonly requests: number };
};

/** The producer's metrics; `pending` is read when Prometheus asks. */
export const createProducerMetrics = (register: Registry, pending: () => number): ProducerMetrics => {
  const registers = [register];
  const requests = new Counter({
    name: 'sms_producer_http_requests_total',
    help: 'HTTP requests by route and status',
    labelNames: ['route', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'sms_producer_http_request_seconds',
    help: 'Duration of HTTP requests by route',
    labelNames: ['route'],
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers,
  });
  const queued = new Counter({
    name: 'sms_producer_messages_total',
    help: 'Messages published on sms.send, by source',
    labelNames: ['source'],
    registers,
  });
  const rejects = new Counter({
    name: 'sms_producer_rejects_total',
    help: 'Messages refused, by source and reason',
    labelNames: ['source', 'reason'],
    registers,
  });
  const batch = new Histogram({
    name: 'sms_producer_intake_batch_size',
    help: 'Rows of SM_SEND_T per transaction',
    buckets: [1, 10, 50, 100, 250, 500, 1000, 5000],
    registers,
  });
  const batchSeconds = new Histogram({
    name: 'sms_producer_intake_batch_seconds',
    help: 'Duration of one transaction of the table intake',
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers,
  });
  const cancelled = new Counter({
    name: 'sms_producer_cancelled_total',
    help: 'Cancelled messages whose final event was published',
    registers,
  });
  new Gauge({
    name: 'sms_producer_http_pending',
    help: 'Messages that wait for the acknowledgement of Kafka',
    registers,
    collect() {
      this.set(pending());
    },
  });
  const NOTHING = { queued: 0, rejected: 0, requests: 0 };
  let summary = NOTHING;
  return {
    answered: (route, status, ms) => {
      requests.inc({ route, status: String(status) });
      seconds.observe({ route }, ms / 1000);
      summary = { ...summary, requests: summary.requests + 1 };
    },
    judged: (outcomes) => {
      let good = 0;
      for (const outcome of outcomes) {
        if (outcome.ok) good += 1;
        else rejects.inc({ source: 'http', reason: outcome.problem.code });
      }
      queued.inc({ source: 'http' }, good);
      const { rejected } = summary;
      summary = { ...summary, queued: summary.queued + good, rejected: rejected + outcomes.length - good };
    },
    taken: (counts, ms) => {
      let rows = counts.queued;
      queued.inc({ source: 'table' }, counts.queued);
      for (const [reason, count] of counts.rejected) {
        rejects.inc({ source: 'table', reason }, count);
        rows += count;
      }
      batch.observe(rows);
      batchSeconds.observe(ms / 1000);
    },
    announced: (messages) => cancelled.inc(messages),
    takeSummary: () => {
      const taken = summary;
      summary = NOTHING;
      return taken;
    },
  };
};
