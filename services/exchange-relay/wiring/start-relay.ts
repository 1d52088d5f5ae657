import { openApplicationDirectory } from '../../../shared/accounts/application-directory';
import { loadAccounts } from '../../../shared/accounts/load-accounts';
import type { Codecs } from '../../../shared/avro/open-codecs';
import type { ConfigOf } from '../../../shared/config/define-config';
import type { Database, Tx } from '../../../shared/database/database';
import { loadColumns } from '../../../shared/database/load-columns';
import { inTransaction } from '../../../shared/database/transaction';
import { isRetryable } from '../../../shared/errors';
import type { ExchangeNames } from '../../../shared/exchange/exchange-names';
import { findColumnProblems } from '../../../shared/faults/column-problems';
import { explainFault } from '../../../shared/faults/explain-fault';
import { mayBeValue } from '../../../shared/faults/judge-fault';
import { createJudge } from '../../../shared/faults/judge-with-probe';
import { createMergedLog, type MergedLog } from '../../../shared/faults/merged-log';
import { describeFault, runPreflight } from '../../../shared/faults/preflight';
import type { TopicNames } from '../../../shared/kafka/kafkajs/topics';
import { type BatchHandlers, type BatchSource, partitionKey, type RecordSink } from '../../../shared/kafka/ports';
import { watchProgress } from '../../../shared/kafka/watch-progress';
import type { ServiceContext } from '../../../shared/service/run-service';
import type { Backoff } from '../../../shared/timing/backoff';
import { pause } from '../../../shared/timing/pause';
import { retryWhile } from '../../../shared/timing/retry';
import { type relayConfig, toRelayOptions } from '../config';
import { dispatchUntilStopped } from '../dispatch-loop';
import { createCommitHints } from '../kafka/commit-hints';
import { createPublishOutcomes } from '../kafka/publish-outcomes';
import { startParked } from '../parked-loop';
import { type BatchCounts, relayBatch } from '../relay-batch';
import { createRelay } from '../relay-loop';
import { createDispatchDue } from '../sql/dispatch-due';
import { createMeasureDepth } from '../sql/exchange-depth';
import { createHandOver } from '../sql/hand-over';
import { loadPositions } from '../sql/load-positions';
import { createProbeTables } from '../sql/probe-tables';
import { createParkedKeys, createParkedPorts } from './parked-ports';
import { createRelayMetrics } from './relay-metrics';
import { createRelayPorts } from './relay-ports';

/** The connections that `main` opens. They are closed after everything that is started here. */
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
  /** called while the source is still joining */
  readonly logRange: BatchSource['logRange'];
};

const RETRY: Backoff = { minMs: 100, maxMs: 5_000 };
const KICK_MS = 200;

/**
 * Wires the relay: from `sms.send` to the ledger and the exchange table until the service stops.
 */
export const startRelay = async (
  context: ServiceContext<ConfigOf<(typeof relayConfig)['variables']>>,
  world: RelayWorld,
): Promise<undefined> => {
  const { config, logger, signal, defer, ready, fatal, crashPoint } = context;
  const { db, sink, codecs, topics, names, groupId } = world;
  const directory = await openApplicationDirectory({
    load: () => loadAccounts(db, false),
    refreshMs: config.ACCOUNTS_REFRESH_SECONDS * 1000,
    logger,
  });
  defer('accounts', directory.close);
  const characterSet = await db.characterSet();
  const publish = createPublishOutcomes(sink, codecs.status, topics);
  const parked = createParkedKeys();
  const ports = createRelayPorts({
    config,
    db,
    characterSet,
    groupId,
    codec: codecs.send,
    directory,
    publish,
    crashPoint,
    names,
    parked,
  });
  const probe = createProbeTables(db, createHandOver(db, names), {
    applications: directory.applications,
    contentMax: config.CONTENT_MAX,
  });
  const { judge, blame } = createJudge(probe);
  const columnProblems = async () => findColumnProblems('send', names, await loadColumns(db, names.tables.send));
  const tables = `${names.tables.send} or SM_SEND_T`;
  const describe = (error: unknown) => describeFault(error, columnProblems, tables);
  const merged = createMergedLog(Date.now);
  /**
   * Logs a fault of a table once, as an error: a person must act. Faults that pass without help are
   * warnings.
   */
  const sayIn =
    (log: MergedLog) =>
    (what: string, error: unknown, text = explainFault(error)): void => {
      metrics.failed(error);
      const repeat = log.said(`${what} ${text}`);
      if (repeat === undefined) return;
      const method = isRetryable(error) ? 'warn' : 'error';
      logger[method]({ err: text, ...repeat }, what);
    };
  const onTrouble = sayIn(merged);
  // A log of its own: the success of other records is no sign that these are well again.
  const onAside = sayIn(createMergedLog(Date.now));
  const metrics = createRelayMetrics(
    context.metrics,
    () => relay.waiting(),
    () => relay.refused(),
  );
  const tell = (records: number, counts: BatchCounts, ms: number): void => {
    metrics.flushed(records, counts, ms);
    logger.info({ records, ...counts, ended: Object.fromEntries(counts.ended), ms }, 'batch');
    if (counts.conflicting === undefined) return;
    logger.warn(
      { messages: counts.conflicting },
      'messages with the id of one of their application that has another text or recipient: the first one counts',
    );
  };
  let committed = new Map<string, number>();
  const hints = createCommitHints();

  /** Retries until it succeeds: without positions no record may be read. */
  const positionsOf: Parameters<typeof createRelay>[0]['loadPositions'] = (partitions) => {
    const onRetry = (error: unknown): void => onTrouble('cannot load the offset rows yet', error);
    return retryWhile({ retryable: isRetryable, onRetry, backoff: RETRY, signal, pause }, () =>
      loadPositions(db, world, groupId, partitions),
    );
  };

  const relay = createRelay(
    {
      relayBatch: (slices, aside, patienceMs, atOnce) => relayBatch<Tx>(slices, ports, aside, patienceMs, atOnce),
      loadPositions: positionsOf,
      schemas: {
        isKnown: ({ value, unreadable }) => unreadable !== undefined || codecs.send.isKnown(value),
        learn: (records) => codecs.send.learn(records.map(({ value }) => value)),
      },
      measureDepth: createMeasureDepth(db, names),
      signal,
      pause,
      isPoison: mayBeValue,
      blame,
      describe,
      onFlushed: (slices, counts, ms) => {
        const records = slices.reduce((sum, slice) => sum + slice.records.length, 0);
        tell(records, counts, ms);
        hints.note(slices);
        for (const slice of slices) committed.set(partitionKey(slice), slice.nextOffset);
        if (counts.parked === 0 && merged.wellAgain()) logger.info('handing over goes on');
      },
      onTrouble,
      onAside,
      onRest: (resting, depth) => {
        metrics.rest(resting);
        logger.warn(depth, resting ? 'the exchange table is full: handing over rests' : 'handing over goes on');
      },
      now: Date.now,
    },
    { ...toRelayOptions(config), retry: RETRY },
  );

  const dispatch = () =>
    dispatchUntilStopped<Tx>(
      {
        inTransaction: (work) => inTransaction(db, work),
        dispatchDue: createDispatchDue(db, names),
        publish: (statuses) => publish(statuses, []),
        now: Date.now,
        crashPoint,
        onDispatched: (counts) => {
          metrics.dispatched(counts);
          if (counts.handed + counts.expired > 0) logger.info(counts, 'scheduled messages');
        },
        onTrouble,
        signal,
        pause,
      },
      { batchSize: config.RELAY_BATCH_SIZE, pollMs: config.DISPATCH_POLL_MS },
    );

  relay.hold('the tables have not been tried yet');
  const preflight = runPreflight({
    probe,
    columnProblems,
    tables,
    hold: relay.hold,
    onTrouble: (text, error) =>
      onTrouble('test rows cannot be handed over, so nothing is', isRetryable(error) ? error : new Error(text)),
    signal,
    pause,
  });
  const parking = startParked({
    ports: createParkedPorts({
      db,
      groupId,
      ports,
      judge,
      crashPoint,
      keys: parked,
      signal,
      onTrouble: onAside,
      describe,
      onHandedOver: (counts, ms) => tell(1, counts, ms),
    }),
    known: parked.size,
    pause,
    onParked: metrics.parked,
    onTrouble: onAside,
  });
  ready('parked', parking.problem);

  const source = await world.openSource({
    onAssigned: async (partitions, from) => {
      const positions = await relay.onAssigned(partitions, from);
      committed = new Map([...positions].map(([partition, offset]) => [partitionKey(partition), offset]));
      return new Map(committed);
    },
    onBatch: relay.onBatch,
    onFatal: fatal,
  });
  defer('source', source.close);
  ready('kafka', source.problem);
  const progress = watchProgress({
    source,
    inHand: (partition) => (relay.isIdle(partition) ? undefined : committed.get(partitionKey(partition))),
    metrics,
  });
  defer('progress', progress.close);
  ready('hand-over', () => relay.trouble() ?? progress.problem());
  const kicks = setInterval(relay.kick, KICK_MS);
  const stopHints = hints.commitTo(source);
  const loops = [relay.watchDepth(), dispatch(), preflight, parking.done];
  defer('hand-over', async () => {
    clearInterval(kicks);
    await Promise.all([...loops, relay.drain()]);
    await stopHints();
  });
  return undefined;
};
