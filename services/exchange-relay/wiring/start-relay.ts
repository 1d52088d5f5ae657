import { openApplicationDirectory } from '../../../shared/accounts/application-directory';
import { loadAccounts } from '../../../shared/accounts/load-accounts';
import type { Codecs } from '../../../shared/avro/open-codecs';
import type { ConfigOf } from '../../../shared/config/define-config';
import type { Database, Tx } from '../../../shared/database/database';
import { inTransaction } from '../../../shared/database/transaction';
import { isRetryable } from '../../../shared/errors';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { mayBeValue } from '../../../shared/faults/judge-fault';
import { runPreflight } from '../../../shared/faults/preflight';
import type { TopicNames } from '../../../shared/kafka/kafkajs/topics';
import type { BatchHandlers, BatchSource, RecordSink, TopicPartition } from '../../../shared/kafka/ports';
import { watchProgress } from '../../../shared/kafka/watch-progress';
import type { ServiceContext } from '../../../shared/service/run-service';
import type { Backoff } from '../../../shared/timing/backoff';
import { pause } from '../../../shared/timing/pause';
import { retryWhile } from '../../../shared/timing/retry';
import type { RelayPorts } from '../batch-ports';
import { type relayConfig, toRelayOptions } from '../config';
import { dispatchUntilStopped } from '../dispatch-loop';
import { type CommittedOffsets, createCommittedOffsets } from '../kafka/committed-offsets';
import { createPublishOutcomes } from '../kafka/publish-outcomes';
import { startParked } from '../parked-loop';
import { relayBatch } from '../relay-batch';
import { createRelayLoop, type RelayLoop } from '../relay-loop';
import { createDispatchDue } from '../sql/dispatch-due';
import { createMeasureDepth } from '../sql/exchange-depth';
import { loadPositions } from '../sql/load-positions';
import { createParkedKeys, createParkedPorts } from './parked-ports';
import { createRelayMetrics, type RelayMetrics } from './relay-metrics';
import { createRelayPorts } from './relay-ports';
import { createRelayReport, type RelayReport } from './relay-report';
import { createSendTables, type SendTables } from './send-tables';

/** What `main` opens, and closes after everything that is started here. */
export type RelayDeps = {
  readonly db: Database;
  readonly sink: RecordSink;
  readonly codecs: Pick<Codecs, 'send' | 'status'>;
  readonly topics: TopicNames;
  readonly mapping: ExchangeMapping;
  /** consumer group, and owner of the offset rows */
  readonly groupId: string;
  /** Joins the group that reads `sms.send`. */
  readonly openSource: (handlers: BatchHandlers) => Promise<BatchSource>;
  /** asked for while the source is still joining */
  readonly logRange: BatchSource['logRange'];
};

const RETRY: Backoff = { minMs: 100, maxMs: 5_000 };
const KICK_MS = 200;

type Context = ServiceContext<ConfigOf<(typeof relayConfig)['variables']>>;

/** Hands over scheduled messages until the service stops. */
const dispatchScheduled = (
  { config, signal, crashPoint }: Context,
  { db, mapping }: RelayDeps,
  publish: ReturnType<typeof createPublishOutcomes>,
  { onDispatched, onProblem }: RelayReport,
): Promise<void> =>
  dispatchUntilStopped<Tx>(
    {
      inTransaction: (work) => inTransaction(db, work),
      dispatchDue: createDispatchDue(db.engine, mapping),
      publish: (statuses) => publish(statuses, []),
      now: Date.now,
      crashPoint,
      onDispatched,
      onProblem,
      signal,
      pause,
    },
    { batchSize: config.RELAY_BATCH_SIZE, pollMs: config.DISPATCH_POLL_MS },
  );

/** Joins the group, feeds the relay and says how far it is. */
const readSend = async (
  { defer, ready, fatal, signal }: Context,
  deps: RelayDeps,
  relay: RelayLoop,
  committed: CommittedOffsets,
  metrics: RelayMetrics,
): Promise<BatchSource> => {
  const source = await deps.openSource({
    onAssigned: async (partitions, from) => {
      const positions = await relay.onAssigned(partitions, from);
      return positions === undefined ? new Map() : committed.assign(positions);
    },
    onBatch: relay.onBatch,
    // A stop also ends the attempts to load the offset rows.
    onFatal: (error) => {
      if (!signal.aborted) fatal(error);
    },
  });
  defer('source', source.close);
  ready('consumer', source.problem);
  const inHand = (partition: TopicPartition) => (relay.isIdle(partition) ? undefined : committed.offset(partition));
  const progress = watchProgress({ source, inHand, metrics });
  defer('progress', progress.close);
  ready('hand-over', () => relay.problem() ?? progress.problem());
  return source;
};

/** Makes the loop from buffer to database. */
const wireRelay = (
  { config, signal }: Context,
  deps: RelayDeps,
  ports: RelayPorts<Tx>,
  tables: SendTables,
  committed: CommittedOffsets,
  { onFlushed, onProblem, onAside, onThrottle }: RelayReport,
): RelayLoop => {
  const { db, codecs, mapping, groupId } = deps;
  /** Until it succeeds: without positions nothing may be read. */
  const positionsOf = (partitions: readonly TopicPartition[]) => {
    const onRetry = (error: unknown): void => onProblem('cannot load the offset rows yet', error);
    return retryWhile({ retryable: isRetryable, onRetry, backoff: RETRY, signal, pause }, () =>
      loadPositions(db, deps, groupId, partitions),
    );
  };
  return createRelayLoop(
    {
      relayBatch: (slices, aside, patienceMs, atOnce) => relayBatch<Tx>(slices, ports, aside, patienceMs, atOnce),
      loadPositions: positionsOf,
      schemas: {
        isKnown: ({ value, unreadable }) => unreadable !== undefined || codecs.send.isKnown(value),
        prefetchSchemas: (records) => codecs.send.prefetchSchemas(records.map(({ value }) => value)),
      },
      measureDepth: createMeasureDepth(db, mapping),
      isPoison: mayBeValue,
      blame: tables.blame,
      describe: tables.describe,
      onFlushed: (slices, counts, ms) => {
        onFlushed(slices, counts, ms);
        committed.note(slices);
      },
      onProblem,
      onAside,
      onThrottle,
      signal,
      pause,
      now: Date.now,
    },
    { ...toRelayOptions(config), retry: RETRY },
  );
};

/** Starts the relay from `sms.send` to the ledger and CLIENT_SMS_SEND, until the service stops. */
export const startRelay = async (context: Context, deps: RelayDeps): Promise<undefined> => {
  const { config, logger, signal, defer, ready, crashPoint } = context;
  const { db, sink, codecs, topics, mapping, groupId } = deps;
  const directory = await openApplicationDirectory({
    load: () => loadAccounts(db, false),
    refreshMs: config.ACCOUNTS_REFRESH_SECONDS * 1000,
    logger,
  });
  defer('accounts', directory.close);
  const characterSet = await db.characterSet();
  const publish = createPublishOutcomes(sink, codecs.status, topics);
  const parked = createParkedKeys();
  const codec = codecs.send;
  const given = { db, groupId, crashPoint };
  const ports = createRelayPorts({ ...given, config, characterSet, codec, directory, publish, mapping, parked });
  const { applications } = directory;
  const tables = createSendTables(db, mapping, { applications, contentMax: config.CONTENT_MAX });
  const metrics = createRelayMetrics(
    context.metrics,
    () => relay.waiting(),
    () => relay.refused(),
  );
  const report = createRelayReport(logger, metrics);
  const { onProblem, onAside, onHandedOver } = report;
  const committed = createCommittedOffsets();
  const relay = wireRelay(context, deps, ports, tables, committed, report);

  relay.hold('the tables have not been tried yet');
  const preflight = runPreflight({
    ...tables,
    hold: relay.hold,
    onProblem: (text, error) =>
      onProblem('test rows cannot be handed over, so no message is', isRetryable(error) ? error : new Error(text)),
    signal,
    pause,
  });
  const parking = startParked({
    ports: createParkedPorts({
      ...given,
      ports,
      keys: parked,
      signal,
      onProblem: onAside,
      judge: tables.judge,
      describe: tables.describe,
      onHandedOver: (counts, ms) => onHandedOver(1, counts, ms),
    }),
    known: parked.size,
    pause,
    onParked: metrics.parked,
    onProblem: onAside,
  });
  ready('parked', parking.problem);

  const source = await readSend(context, deps, relay, committed, metrics);
  const kicks = setInterval(relay.kick, KICK_MS);
  const stopHints = committed.hintTo(source);
  const dispatching = dispatchScheduled(context, deps, publish, report);
  const loops = [relay.watchDepth(), dispatching, preflight, parking.done];
  defer('hand-over', async () => {
    clearInterval(kicks);
    await Promise.all([...loops, relay.drain()]);
    await stopHints();
  });
  return undefined;
};
