import type { Codec } from '../../../shared/avro/codec-port';
import { decodeRecords } from '../../../shared/avro/decode-records';
import type { SmsReceivedAck } from '../../../shared/avro/records';
import type { Database, Tx } from '../../../shared/database/database';
import { inTransaction } from '../../../shared/database/transaction';
import { mayBeValue } from '../../../shared/faults/judge-fault';
import { createJudge } from '../../../shared/faults/judge-with-probe';
import { createProblemLog } from '../../../shared/faults/merged-log';
import { describeFault, runPreflight } from '../../../shared/faults/preflight';
import type { BatchHandlers, BatchSource } from '../../../shared/kafka/ports';
import { watchProgress } from '../../../shared/kafka/watch-progress';
import type { CrashPoint } from '../../../shared/service/crash-point';
import type { ServiceContext } from '../../../shared/service/run-service';
import { pause } from '../../../shared/timing/pause';
import { fixedPace, pollUntilStopped } from '../../../shared/timing/poll';
import { type AcknowledgePorts, acknowledgeBatch } from '../ack-batch';
import { createAckLoop } from '../ack-loop';
import type { EventPublisher } from '../kafka/publish-events';
import { createSettleAcks } from '../sql/acked-rows';
import { createPendingAcks } from '../sql/pending-acks';
import { createProbeTables } from '../sql/probe-tables';
import type { ArchiverMetrics } from './archive-metrics';
import { settleEarlyAcks } from './settle-early-acks';

type AckConfig = { readonly ACK_BATCH_SIZE: number; readonly ACK_RETRY_SECONDS: number };

/** The tables that the archiver writes. */
const TABLES = 'SM_RECEIVE_ACK, SM_RECEIVE_T_LOG or SM_SEND_T_LOG';
/** Their columns cannot differ: the migrations made them. */
const noColumns = async () => [];

const RETRY = { minMs: 200, maxMs: 10_000 };

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
  const pending = createPendingAcks(db.engine);
  const settle = createSettleAcks(db.engine);
  const { say, wellAgain } = createProblemLog(logger);
  const retryMs = config.ACK_RETRY_SECONDS * 1000;
  await pause(retryMs, signal);
  await pollUntilStopped({
    work: async () => {
      const counts = await inTransaction(db, (tx) => settleEarlyAcks(tx, limit, pending, settle, publisher));
      wellAgain();
      if (counts.taken > 0) logger.info(counts, 'early acknowledgements');
      return counts.taken === limit;
    },
    onError: (error) => say('settling early acknowledgements failed and is tried again', error),
    pace: fixedPace(retryMs),
    signal,
    pause,
  });
};

/**
 * Reads `sms.received.ack` until the service stops. Every ACK_RETRY_SECONDS it settles
 * acknowledgements that came before their message.
 */
export const startAcknowledging = async (options: Options): Promise<void> => {
  const { db, codec, publisher, metrics, crashPoint } = options;
  const { config, logger, signal, defer, ready, fatal } = options.context;
  const ports: AcknowledgePorts<Tx> = {
    ...createSettleAcks(db.engine),
    decode: (records) => decodeRecords(codec, records),
    inTransaction: (work) => inTransaction(db, work),
    storePending: createPendingAcks(db.engine).store,
    publishRefused: publisher.publishRefused,
    now: Date.now,
    crashPoint,
  };
  const probe = createProbeTables(db);
  const { say, wellAgain } = createProblemLog(logger);
  let held: string | undefined;
  ready('tables', () => held);
  metrics.watch(() => held !== undefined || loop.refused());
  const preflight = runPreflight({
    probe,
    columnProblems: noColumns,
    tables: TABLES,
    hold: (why) => {
      held = why;
    },
    onProblem: (text, error) => say('the archiver cannot write to its tables', error, text),
    signal,
    pause,
  });
  const loop = createAckLoop(
    {
      acknowledge: (records, poison) => acknowledgeBatch(records, ports, poison),
      isPoison: mayBeValue,
      ...createJudge(probe),
      describe: (error) => describeFault(error, noColumns, TABLES),
      signal,
      pause,
      now: Date.now,
      onSettled: (counts, ms) => {
        metrics.settled(counts, ms);
        logger.info({ ...counts, ms }, 'acknowledgements');
        if (wellAgain()) logger.info('recording acknowledgements continues');
      },
      onProblem: say,
    },
    {
      batchSize: config.ACK_BATCH_SIZE,
      queueHigh: 4 * config.ACK_BATCH_SIZE,
      retry: RETRY,
    },
  );
  const early = watchEarlyAcks(options);
  defer('acknowledgements', async () => {
    await Promise.all([loop.drain(), early, preflight]);
  });
  const source = await options.openSource({
    onAssigned: async (partitions, from) => {
      loop.onAssigned(partitions, from);
      return new Map();
    },
    onBatch: loop.onBatch,
    onFatal: fatal,
  });
  defer('acknowledgement source', source.close);
  ready('consumer', source.problem);
  const progress = watchProgress({ source, inHand: loop.inHand, metrics });
  defer('acknowledgement progress', progress.close);
  ready('acknowledgements', () => loop.problem() ?? progress.problem());
};
