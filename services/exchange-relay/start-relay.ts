import { openApplicationDirectory } from '../shared/accounts/application-directory';
import { loadAccounts } from '../shared/accounts/load-accounts';
import type { Codecs } from '../shared/avro/open-codecs';
import type { ConfigOf } from '../shared/config/define-config';
import type { Database } from '../shared/database/open-database';
import { inTransaction, type Tx } from '../shared/database/transaction';
import { BridgeError, isRetryable, messageOf } from '../shared/errors';
import type { ExchangeNames } from '../shared/exchange/exchange-names';
import { type BatchHandlers, type BatchSource, partitionKey, type RecordSink } from '../shared/kafka/ports';
import type { TopicNames } from '../shared/kafka/topics';
import { nextPauseMs, pause } from '../shared/lifecycle/adaptive-poll';
import { createCrashPoint } from '../shared/lifecycle/crash-point';
import type { ServiceContext } from '../shared/lifecycle/run-service';
import { createCommitHints } from './adapters/commit-hints';
import { createDispatchDue } from './adapters/dispatch-due';
import { createMeasureDepth } from './adapters/exchange-depth';
import { loadPositions } from './adapters/load-positions';
import { createPublishOutcomes } from './adapters/publish-outcomes';
import { createRelayMetrics } from './adapters/relay-metrics';
import { createRelayPorts } from './adapters/relay-ports';
import { type relayConfig, toRelayOptions } from './config';
import { dispatchDueBatch } from './dispatch';
import { createRelay } from './relay';
import { relayBatch } from './relay-batch';

/** What `main` opens, and closes after everything that is started here. */
export type RelayWorld = {
  readonly db: Database;
  readonly sink: RecordSink;
  readonly codecs: Pick<Codecs, 'send' | 'status'>;
  readonly topics: TopicNames;
  readonly names: ExchangeNames;
  /** consumer group, and owner of the offset rows */
  readonly groupId: string;
  /** Joins the group that reads `sms.send`. */
  readonly openSource: (handlers: BatchHandlers) => Promise<BatchSource>;
  /** asked for while the source is still joining */
  readonly logRange: BatchSource['logRange'];
};

const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5_000;

/** Wires the relay: from `sms.send` to the ledger and the exchange table until the service stops. */
export const startRelay = async (
  context: ServiceContext<ConfigOf<(typeof relayConfig)['variables']>>,
  world: RelayWorld,
): Promise<undefined> => {
  const { config, logger, signal, defer, ready, fatal } = context;
  const { db, sink, codecs, topics, names, groupId } = world;
  const crashPoint = createCrashPoint(process.env);
  const directory = await openApplicationDirectory({
    load: () => loadAccounts(db, false),
    refreshMs: config.ACCOUNTS_REFRESH_SECONDS * 1000,
    logger,
  });
  defer('accounts', directory.close);
  const publish = createPublishOutcomes(sink, codecs.status, topics);
  const ports = createRelayPorts({ config, db, names, groupId, codec: codecs.send, directory, publish, crashPoint });
  const metrics = createRelayMetrics(context.metrics, () => relay.waiting());
  let source: BatchSource | undefined;
  const hints = createCommitHints(() => source);
  const stopped = () => signal.aborted;

  /** Until it succeeds: without positions nothing may be read. */
  const positionsOf: Parameters<typeof createRelay>[0]['loadPositions'] = async (partitions) => {
    for (let waitMs = RETRY_MIN_MS; ; waitMs = nextPauseMs(waitMs, false, RETRY_MIN_MS, RETRY_MAX_MS)) {
      try {
        return await loadPositions(db, world, groupId, partitions);
      } catch (error) {
        if (stopped() || !isRetryable(error)) throw error;
        logger.warn({ err: messageOf(error) }, 'cannot load the offset rows yet');
        await pause(waitMs, signal);
      }
    }
  };

  const relay = createRelay(
    {
      relayBatch: (slices, poison) => relayBatch<Tx>(slices, ports, poison),
      loadPositions: positionsOf,
      measureDepth: createMeasureDepth(db, names),
      source: () => source!,
      pause: (ms) => pause(ms, signal),
      isPoison: (error) => error instanceof BridgeError && error.code === 'DB_DATA',
      onFlushed: (slices, counts, ms) => {
        const records = slices.reduce((sum, slice) => sum + slice.records.length, 0);
        metrics.flushed(records, counts, ms);
        logger.info({ records, ...counts, ended: Object.fromEntries(counts.ended), ms }, 'batch');
        if (counts.conflicting !== undefined)
          logger.warn(
            { messages: counts.conflicting },
            'messages with the id of one of their application that has another text or recipient: the first one counts',
          );
        hints.note(slices);
      },
      onTrouble: (what, error) => logger.warn({ err: messageOf(error) }, what),
      onRest: (resting, depth) => {
        metrics.rest(resting);
        logger.warn(depth, resting ? 'the exchange table is full: handing over rests' : 'handing over goes on');
      },
      stopped,
      now: Date.now,
    },
    { ...toRelayOptions(config), retryMinMs: RETRY_MIN_MS, retryMaxMs: RETRY_MAX_MS },
  );

  const dispatchDue = createDispatchDue(db, names);
  const dispatch = async (): Promise<void> => {
    while (!stopped()) {
      let decided = 0;
      try {
        const counts = await dispatchDueBatch<Tx>(
          {
            inTransaction: (work) => inTransaction(db, work),
            dispatchDue,
            publish: (statuses) => publish(statuses, []),
            now: Date.now,
            crashPoint,
          },
          config.RELAY_BATCH_SIZE,
        );
        decided = counts.handed + counts.expired;
        metrics.dispatched(counts);
        if (decided > 0) logger.info(counts, 'scheduled messages');
      } catch (error) {
        logger.warn({ err: messageOf(error) }, 'handing over scheduled messages failed and is tried again');
      }
      if (decided < config.RELAY_BATCH_SIZE) await pause(config.DISPATCH_POLL_MS, signal);
    }
  };

  source = await world.openSource({
    onAssigned: async (partitions) => {
      const positions = await relay.onAssigned(partitions);
      return new Map([...positions].map(([at, offset]) => [partitionKey(at), offset]));
    },
    onBatch: (batch) => {
      metrics.lag(batch.partition, batch.highWatermark - batch.nextOffset);
      relay.onBatch(batch);
    },
    onFatal: fatal,
  });
  defer('source', source.close);
  ready('kafka', () => source?.problem());
  ready('hand-over', relay.trouble);
  const loops = [relay.watchDepth(), dispatch()];
  defer('hand-over', async () => {
    await Promise.all([...loops, relay.drain()]);
    await hints.close();
  });
  return undefined;
};
