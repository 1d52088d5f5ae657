import type { Codec } from '../../shared/avro/codec-port';
import { decodeRecords } from '../../shared/avro/decode-records';
import type { SmsReceivedAck } from '../../shared/avro/records';
import { type Database, forEngine } from '../../shared/database/open-database';
import { inTransaction, type Tx } from '../../shared/database/transaction';
import { BridgeError, messageOf } from '../../shared/errors';
import type { BatchHandlers, BatchSource } from '../../shared/kafka/ports';
import { pause } from '../../shared/lifecycle/adaptive-poll';
import type { CrashPoint } from '../../shared/lifecycle/crash-point';
import type { ServiceContext } from '../../shared/lifecycle/run-service';
import { createAckLoop } from '../ack-loop';
import { type AcknowledgePorts, acknowledgeBatch } from '../acknowledge';
import { SETTLE_PORTS } from './acked-rows';
import type { ArchiverMetrics } from './archive-metrics';
import { PENDING_ACKS } from './pending-acks';
import type { EventPublisher } from './publish-events';
import { settleEarlyAcks } from './settle-early-acks';

type AckConfig = { readonly ACK_BATCH_SIZE: number; readonly ACK_RETRY_SECONDS: number };

const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 10_000;

type Options = {
  readonly context: Pick<ServiceContext<AckConfig>, 'config' | 'logger' | 'signal' | 'defer' | 'ready' | 'fatal'>;
  readonly db: Database;
  readonly openSource: (handlers: BatchHandlers) => Promise<BatchSource>;
  readonly codec: Codec<SmsReceivedAck>;
  readonly publisher: EventPublisher;
  readonly crashPoint: CrashPoint;
  readonly metrics: ArchiverMetrics;
};

const watchEarlyAcks = async ({ context, db, publisher }: Options): Promise<void> => {
  const { config, logger, signal } = context;
  const limit = config.ACK_BATCH_SIZE;
  const pending = forEngine(db.engine, PENDING_ACKS);
  const settle = forEngine(db.engine, SETTLE_PORTS);
  let full = false;
  while (!signal.aborted) {
    if (!full) await pause(config.ACK_RETRY_SECONDS * 1000, signal);
    try {
      const counts = await inTransaction(db, (tx) => settleEarlyAcks(tx, limit, pending, settle, publisher));
      full = counts.taken === limit;
      if (counts.taken > 0) logger.info(counts, 'early acknowledgements');
    } catch (error) {
      full = false;
      logger.warn({ err: messageOf(error) }, 'settling early acknowledgements failed and is tried again');
    }
  }
};

/** Reads `sms.received.ack` until the service stops, and every few seconds settles acknowledgements that came before their message. */
export const startAcknowledging = async (options: Options): Promise<void> => {
  const { db, codec, publisher, metrics, crashPoint } = options;
  const { config, logger, signal, defer, ready, fatal } = options.context;
  const ports: AcknowledgePorts<Tx> = {
    ...forEngine(db.engine, SETTLE_PORTS),
    decode: (records) => decodeRecords(codec, records),
    inTransaction: (work) => inTransaction(db, work),
    storePending: forEngine(db.engine, PENDING_ACKS).store,
    publishRefused: publisher.publishRefused,
    now: Date.now,
    crashPoint,
  };
  let source: BatchSource | undefined;
  const loop = createAckLoop(
    {
      acknowledge: (records, poison) => acknowledgeBatch(records, ports, poison),
      source: () => source!,
      isPoison: (error) => error instanceof BridgeError && error.code === 'DB_DATA',
      pause: (ms) => pause(ms, signal),
      stopped: () => signal.aborted,
      now: Date.now,
      onSettled: (counts, ms) => {
        metrics.settled(counts, ms);
        logger.info({ ...counts, ms }, 'acknowledgements');
      },
      onTrouble: (what, error) => logger.warn({ err: messageOf(error) }, what),
    },
    {
      batchSize: config.ACK_BATCH_SIZE,
      queueHigh: 4 * config.ACK_BATCH_SIZE,
      retryMinMs: RETRY_MIN_MS,
      retryMaxMs: RETRY_MAX_MS,
    },
  );
  const early = watchEarlyAcks(options);
  defer('acknowledgements', async () => {
    await Promise.all([loop.drain(), early]);
  });
  source = await options.openSource({
    onAssigned: async (partitions) => {
      loop.onAssigned(partitions);
      return new Map();
    },
    onBatch: (batch) => {
      metrics.lag(batch.partition, batch.highWatermark - batch.nextOffset);
      loop.onBatch(batch);
    },
    onFatal: fatal,
  });
  defer('acknowledgement source', source.close);
  ready('kafka', () => source?.problem());
  ready('acknowledgements', loop.trouble);
};
