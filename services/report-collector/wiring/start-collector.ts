import { openApplicationDirectory } from '../../../shared/accounts/application-directory';
import { loadAccounts } from '../../../shared/accounts/load-accounts';
import type { Codecs } from '../../../shared/avro/open-codecs';
import type { ConfigOf } from '../../../shared/config/define-config';
import type { Database, Tx } from '../../../shared/database/database';
import { loadColumns } from '../../../shared/database/load-columns';
import { inTransaction } from '../../../shared/database/transaction';
import { BridgeError } from '../../../shared/errors';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { findColumnProblems, toColumnText } from '../../../shared/faults/column-problems';
import { mayBeValue } from '../../../shared/faults/judge-fault';
import { createJudge } from '../../../shared/faults/judge-with-probe';
import { createProblemLog } from '../../../shared/faults/merged-log';
import { describeFault, runPreflight } from '../../../shared/faults/preflight';
import type { TopicNames } from '../../../shared/kafka/kafkajs/topics';
import type { RecordSink } from '../../../shared/kafka/ports';
import type { ServiceContext } from '../../../shared/service/run-service';
import type { Country } from '../../../shared/sms/normalise-msisdn';
import { pause } from '../../../shared/timing/pause';
import { fixedPace, pollUntilStopped } from '../../../shared/timing/poll';
import { type CollectPorts, collectBatch, type InboundTable } from '../collect-batch';
import { createCollectLoop } from '../collect-loop';
import { type collectorConfig, toLoopOptions, toWaitLimits } from '../config';
import type { ExchangeRow } from '../core/exchange-rows';
import { createNameCodes } from '../core/name-codes';
import { createPublishCollected } from '../kafka/publish-collected';
import { createBacklogProbe } from '../sql/backlog-probe';
import { createCachedPeek } from '../sql/cached-peek';
import { createProbeTables } from '../sql/probe-tables';
import { createCollectorMetrics } from './collector-metrics';
import { createInboundTables } from './inbound-tables';

/** The connections that `main` opens. They are closed after everything that is started here. */
export type CollectorDeps = {
  readonly db: Database;
  readonly sink: RecordSink;
  readonly codecs: Pick<Codecs, 'status' | 'received'>;
  readonly topics: TopicNames;
  readonly mapping: ExchangeMapping;
};

/** The tables that the collector writes beside the exchange tables. */
const OWN_TABLES = 'SM_SEND_T, SM_SEND_PART, SM_RECEIVE_T or SM_REPORT_WAIT';

const RETRY = { minMs: 100, maxMs: 5_000 };

const UNKNOWN_CODES =
  'reports came with unknown codes (codes.report of EXCHANGE_FILE): their messages stay open until they end as UNKNOWN with the reason REPORT_CODE_UNKNOWN';

type Context = ServiceContext<ConfigOf<(typeof collectorConfig)['variables']>>;

const toTableOptions = (config: Context['config']) => ({
  country: config.COUNTRY as Country,
  wait: toWaitLimits(config),
  reportWindowMs: config.REPORT_WINDOW_HOURS * 3_600_000,
});

const toPorts = ({ crashPoint }: Context, { db, sink, codecs, topics, mapping }: CollectorDeps): CollectPorts<Tx> => ({
  inTransaction: (work) => inTransaction(db, work),
  publish: createPublishCollected(sink, codecs, topics, mapping),
  now: Date.now,
  crashPoint,
});

/**
 * Tries the tables with test rows, which are rolled back, until they take them. Also returns what
 * tells later whether a table or a row is to blame.
 */
const startTrial = ({ logger, signal, ready }: Context, db: Database, mapping: ExchangeMapping) => {
  const probe = createProbeTables(db);
  const columnProblems = async () => {
    const kinds = ['resp', 'report', 'recv'] as const;
    const found = await Promise.all(
      kinds.map(async (kind) => findColumnProblems(kind, mapping, await loadColumns(db, mapping.tables[kind]))),
    );
    return found.flat();
  };
  let held: string | undefined = 'the tables have not been tried yet';
  const problem = (): string | undefined => held;
  ready('tables', problem);
  const { say } = createProblemLog(logger);
  const passed = runPreflight({
    probe: async () => {
      await probe();
      const [first] = (await columnProblems()).map(toColumnText);
      if (first !== undefined) throw new BridgeError('DB_SCHEMA', first);
    },
    columnProblems,
    tables: OWN_TABLES,
    hold: (why) => {
      held = why;
    },
    onProblem: (text, error) => say('answers cannot be settled, so none is taken', error, text),
    signal,
    pause,
  });
  const describe = (error: unknown) => describeFault(error, columnProblems, OWN_TABLES);
  return { faults: { ...createJudge(probe), describe }, problem, passed };
};

type Metrics = ReturnType<typeof createCollectorMetrics>;
type Counts = Parameters<Metrics['backlog']>[0];

/** Shows how many rows wait, until the service stops. */
const watchBacklog = (
  { config, logger, signal }: Context,
  metrics: Metrics,
  count: () => Promise<Counts>,
): Promise<void> => {
  const { say, wellAgain } = createProblemLog(logger);
  return pollUntilStopped({
    work: async () => {
      metrics.backlog(await count());
      wellAgain();
      return false;
    },
    onError: (error) => say('cannot count the rows of the exchange tables', error),
    pace: fixedPace(config.BACKLOG_CHECK_SECONDS * 1000),
    signal,
    pause,
  });
};

/**
 * Wires the collector: one loop for each exchange table and one for the reports that wait, until
 * the service stops.
 */
export const startCollector = async (context: Context, deps: CollectorDeps): Promise<undefined> => {
  const { db, mapping } = deps;
  const { config, logger, signal, defer, ready } = context;
  const directory = await openApplicationDirectory({
    load: () => loadAccounts(db, false),
    refreshMs: config.ACCOUNTS_REFRESH_SECONDS * 1000,
    logger,
  });
  defer('accounts', directory.close);
  const metrics = createCollectorMetrics(context.metrics);
  const backlogProbe = createBacklogProbe(db, mapping);
  // Each loop looks once per idle pause, so a look of a third of that age can be shared.
  const peek = createCachedPeek(backlogProbe.peek, config.COLLECTOR_IDLE_PAUSE_MS / 3, Date.now);
  const inbound = createInboundTables({
    ...toTableOptions(config),
    db,
    characterSet: await db.characterSet(),
    mapping,
    directory,
    now: Date.now,
  });
  const ports = toPorts(context, deps);
  const nameCodes = createNameCodes((codes) =>
    logger.warn({ codes, see: 'docs/runbooks/unknown-codes.md' }, UNKNOWN_CODES),
  );
  const trial = startTrial(context, db, mapping);

  const collect = async <Row extends ExchangeRow>(table: InboundTable<Tx, Row>): Promise<void> => {
    const { say, wellAgain } = createProblemLog(logger, { source: table.name });
    const loop = createCollectLoop(
      {
        collect: (selection, how) => collectBatch(table, selection, ports, how),
        peek: () => peek(table.name),
        isPoison: mayBeValue,
        ...trial.faults,
        signal,
        pause,
        now: Date.now,
        onCollected: (collected, ms) => {
          metrics.collected(table.name, collected, ms);
          logger.info({ source: table.name, rows: collected.rows, ...collected.outcomes, ms }, 'batch');
          if (wellAgain()) logger.info({ source: table.name }, 'collecting goes on');
          nameCodes(collected.unknownCodes ?? []);
        },
        onProblem: say,
      },
      { ...toLoopOptions(config), retry: RETRY },
    );
    ready(table.name, () => trial.problem() ?? loop.problem());
    metrics.watch(table.name, loop.refused);
    await trial.passed;
    return loop.run();
  };

  const loops = [
    collect(inbound.resp),
    collect(inbound.report),
    collect(inbound.recv),
    collect(inbound.wait),
    watchBacklog(context, metrics, backlogProbe.count),
  ];
  defer('loops', () => Promise.all(loops));
  return undefined;
};
