import { openCodecs } from '../shared/avro/open-codecs';
import { toDatabaseSettings } from '../shared/config/database-variables';
import { toKafkaSettings } from '../shared/config/kafka-variables';
import { openDatabase } from '../shared/database/open-database';
import { BridgeError } from '../shared/errors';
import { createKafka } from '../shared/kafka/connect-kafka';
import { openRecordSink } from '../shared/kafka/open-record-sink';
import { topicNames } from '../shared/kafka/topics';
import { createCrashPoint } from '../shared/lifecycle/crash-point';
import { runService } from '../shared/lifecycle/run-service';
import { createArchiverMetrics } from './adapters/archive-metrics';
import { createArchivePorts } from './adapters/archive-ports';
import { startAcknowledging } from './adapters/consume-acks';
import { createEventPublisher } from './adapters/publish-events';
import { startSchedule } from './adapters/start-schedule';
import { runArchive } from './archive';
import { archiverConfig, toArchiveLimits } from './config';

const once = process.argv.includes('--once');
// beside a running archiver, one more process must not fight for its port
if (once) process.env.HEALTH_PORT = '0';

void runService(archiverConfig, async (context) => {
  const { config, logger, signal, defer } = context;
  const crashPoint = createCrashPoint(process.env);
  const metrics = createArchiverMetrics(context.metrics);
  const topics = topicNames(config.TOPIC_PREFIX);

  const db = openDatabase(toDatabaseSettings(config, `archiver ${config.INSTANCE_ID}`));
  defer('database', db.close);
  const kafka = createKafka(toKafkaSettings(config, `archiver-${config.INSTANCE_ID}`), logger);
  const codecs = await openCodecs({
    registryUrl: config.SCHEMA_REGISTRY_URL,
    registryAuth: config.SCHEMA_REGISTRY_AUTH,
    topics,
    logger,
  });
  const sink = await openRecordSink(kafka, { logger });
  defer('record sink', sink.close);

  const publisher = createEventPublisher(sink, codecs, topics);
  const ports = createArchivePorts({
    db,
    publisher,
    instanceId: config.INSTANCE_ID,
    crashPoint,
    onSlice: metrics.slice,
    onInterrupted: (runs) =>
      logger.warn({ runs }, 'earlier runs were interrupted; this one goes on where they stopped'),
  });
  const limits = toArchiveLimits(config);
  const run = (request: { readonly dueSince?: number }) => runArchive(ports, limits, { ...request, stop: signal });

  if (once) {
    const outcome = await run({});
    logger.info(outcome, 'archive run');
    if (outcome.kind !== 'ran')
      context.fatal(new BridgeError('ARCHIVE_BUSY', 'another instance archives at this moment'));
    else if (outcome.run.outcome === 'failed')
      context.fatal(new BridgeError('ARCHIVE_FAILED', outcome.run.problems.join('; ')));
    return 'done';
  }
  await startAcknowledging({ context, db, kafka, codec: codecs.receivedAck, topics, publisher, crashPoint, metrics });
  startSchedule({ context, query: db.query, run, metrics });
  return undefined;
});
