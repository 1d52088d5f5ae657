import type { Logger } from 'pino';
import { explainFault } from '../../../shared/faults/explain-fault';
import { createProblemLog } from '../../../shared/faults/merged-log';
import type { ExchangeDepth } from '../core/back-pressure';
import type { Slice } from '../core/record-buffer';
import type { BatchCounts } from '../relay-batch';
import type { RelayMetrics } from './relay-metrics';

/** Writes what happens in the relay to its log and its metrics. */
export const createRelayReport = (logger: Logger, metrics: RelayMetrics) => {
  const { say, wellAgain } = createProblemLog(logger);
  // that others go through says nothing of these
  const { say: sayAside } = createProblemLog(logger);
  const counted =
    (log: typeof say) =>
    (summary: string, error: unknown, text = explainFault(error)): void => {
      metrics.failed(error);
      log(summary, error, text);
    };
  const onHandedOver = (records: number, counts: BatchCounts, ms: number): void => {
    metrics.flushed(records, counts, ms);
    logger.info({ records, ...counts, ended: Object.fromEntries(counts.ended), ms }, 'batch');
    if (counts.conflicting === undefined) return;
    logger.warn(
      { messages: counts.conflicting },
      'messages reuse the id of a message with another text or recipient: only the first is sent',
    );
  };
  return {
    onProblem: counted(say),
    onAside: counted(sayAside),
    onHandedOver,
    onFlushed: (slices: readonly Slice[], counts: BatchCounts, ms: number): void => {
      const records = slices.reduce((sum, slice) => sum + slice.records.length, 0);
      onHandedOver(records, counts, ms);
      if (counts.parked === 0 && wellAgain()) logger.info('the relay continues');
    },
    onThrottle: (throttled: boolean, depth: ExchangeDepth): void => {
      metrics.throttle(throttled);
      logger.warn(depth, throttled ? 'the exchange table is full: the relay pauses' : 'the relay continues');
    },
    onDispatched: (counts: { readonly handed: number; readonly expired: number }): void => {
      metrics.dispatched(counts);
      if (counts.handed + counts.expired > 0) logger.info(counts, 'scheduled messages');
    },
  };
};

export type RelayReport = ReturnType<typeof createRelayReport>;
