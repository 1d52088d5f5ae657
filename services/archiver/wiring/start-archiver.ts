import type { Codecs } from '../../../shared/avro/open-codecs';
import type { ConfigOf } from '../../../shared/config/define-config';
import type { Database } from '../../../shared/database/database';
import { BridgeError } from '../../../shared/errors';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import type { BatchHandlers, BatchSource, RecordSink } from '../../../shared/kafka/ports';
import type { ServiceContext } from '../../../shared/service/run-service';
import { runArchive } from '../archive-batch';
import { type archiverConfig, toArchiveLimits } from '../config';
import { createEventPublisher, type EventTopics } from '../kafka/publish-events';
import { createArchiverMetrics } from './archive-metrics';
import { createArchivePorts } from './archive-ports';
import { startAcknowledging } from './consume-acks';
import { startSchedule } from './start-schedule';

/** The connections that `main` opens. They are closed after everything that is started here. */
export type ArchiverDeps = {
  readonly db: Database;
  readonly mapping: ExchangeMapping;
  readonly sink: RecordSink;
  readonly codecs: Pick<Codecs, 'status' | 'received' | 'receivedAck'>;
  readonly topics: EventTopics;
  /** Joins the group that reads `sms.received.ack`. */
  readonly openAckSource: (handlers: BatchHandlers) => Promise<BatchSource>;
};

/**
 * Wires the archiver: the schedule and the acknowledgement consumer until the service stops, or
 * with `--once` a single run now.
 * @returns 'done' after a single run. If the run failed, or another instance archives, the process
 *   ends with exit code 1
 */
export const startArchiver = async (
  context: ServiceContext<ConfigOf<(typeof archiverConfig)['variables']>>,
  { db, mapping, sink, codecs, topics, openAckSource }: ArchiverDeps,
): Promise<'done' | undefined> => {
  const { config, logger, signal, argv, fatal, crashPoint } = context;
  const metrics = createArchiverMetrics(context.metrics);
  const publisher = createEventPublisher(sink, codecs, topics);
  const ports = createArchivePorts({
    db,
    mapping,
    publisher,
    instanceId: config.INSTANCE_ID,
    crashPoint,
    onSlice: metrics.slice,
    onInterrupted: (runs) => logger.warn({ runs }, 'earlier runs were interrupted; this one continues them'),
  });
  const limits = toArchiveLimits(config);

  if (argv.includes('--once')) {
    const outcome = await runArchive(ports, limits, { stop: signal });
    logger.info(outcome, 'archive run');
    if (outcome.kind !== 'ran') fatal(new BridgeError('ARCHIVE_BUSY', 'another instance is archiving'));
    else if (outcome.run.outcome === 'failed')
      fatal(new BridgeError('ARCHIVE_FAILED', outcome.run.problems.join('; ')));
    return 'done';
  }
  await startAcknowledging({
    context,
    db,
    openSource: openAckSource,
    codec: codecs.receivedAck,
    publisher,
    crashPoint,
    metrics,
  });
  startSchedule({
    context,
    db,
    run: (request) => runArchive(ports, limits, { ...request, stop: signal }),
    metrics,
  });
  return undefined;
};
