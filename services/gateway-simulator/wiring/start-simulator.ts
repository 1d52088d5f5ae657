import type { ConfigOf } from '../../../shared/config/define-config';
import type { Database, Tx } from '../../../shared/database/database';
import { inTransaction } from '../../../shared/database/transaction';
import { isRetryable } from '../../../shared/errors';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { createProblemLog } from '../../../shared/faults/merged-log';
import type { ServiceContext } from '../../../shared/service/run-service';
import { pause } from '../../../shared/timing/pause';
import { retryWhile } from '../../../shared/timing/retry';
import type { simulatorConfig } from '../config';
import { decideAnswers } from '../core/decide-answers';
import { decideInbound } from '../core/decide-inbound';
import { createPickList } from '../pick-list';
import { type SimulateOptions, simulate } from '../simulate-loop';
import { createFindRows } from '../sql/find-rows';
import { createInsertAnswers } from '../sql/insert-answers';
import type { OwnTables } from '../sql/missing-table';
import { createMoveDueAnswers } from '../sql/move-due-answers';
import { createOwnTables } from '../sql/own-tables';
import { countWaitingAnswers } from '../sql/read-journal';
import { createTakeRows } from '../sql/take-rows';
import { type TakePorts, takeBatch } from '../take-batch';
import { createSimulatorMetrics } from './simulator-metrics';
import { toBehaviour } from './to-behaviour';

type Context = ServiceContext<ConfigOf<(typeof simulatorConfig)['variables']>>;

/**
 * The age in ms up to which one look at the exchange table is used, and the most batches that it
 * serves.
 */
const LOOK_MS = 200;
const LOOK_BATCHES = 10;
const RETRY = { minMs: 200, maxMs: 5_000 };

/**
 * Creates the simulator's tables. Waits while the database is unreachable.
 * @throws BridgeError if waiting does not help
 */
const createTablesWhenUp = async ({ logger, signal }: Context, db: Database, tables: OwnTables): Promise<void> => {
  const { say } = createProblemLog(logger);
  const onRetry = (error: unknown): void => say('the database is unreachable', error);
  const created = await retryWhile({ retryable: isRetryable, onRetry, backoff: RETRY, signal, pause }, () =>
    createOwnTables(db, tables),
  );
  if (created.length > 0) logger.info({ tables: created }, 'created tables of its own');
};

const toOptions = (config: Context['config']): SimulateOptions => ({
  batchSize: config.SIMULATOR_BATCH_SIZE,
  workers: config.SIMULATOR_WORKERS,
  answerWorkers: config.SIMULATOR_ANSWER_WORKERS,
  takePerSecond: config.SIMULATOR_TAKE_PER_SECOND,
  inboundPerSecond: config.SIMULATOR_INBOUND_PER_SECOND,
  poll: { minMs: config.SIMULATOR_POLL_MS.min, maxMs: config.SIMULATOR_POLL_MS.max },
  retry: RETRY,
});

/** Wires the simulator on an open database and starts it. It works until the service stops. */
export const startSimulator = async (context: Context, db: Database, mapping: ExchangeMapping): Promise<void> => {
  const { config, logger, signal, defer, ready, crashPoint } = context;
  const { say } = createProblemLog(logger);
  const tables: OwnTables = {
    journal: config.SIMULATOR_JOURNAL,
    answers: config.SIMULATOR_ANSWERS,
    answerLog: config.SIMULATOR_KEEP_ANSWERS ? `${config.SIMULATOR_ANSWERS}_log` : undefined,
  };
  await createTablesWhenUp(context, db, tables);

  const metrics = createSimulatorMetrics(context.metrics, () => countWaitingAnswers(db, tables.answers));
  const behaviour = toBehaviour(config, mapping);
  const takeRows = createTakeRows(db.engine, mapping, {
    journal: tables.journal,
    seed: config.SIMULATOR_SEED,
    instanceId: config.INSTANCE_ID,
  });
  const insertAnswers = createInsertAnswers(db.engine, mapping, tables);
  const moveDueAnswers = createMoveDueAnswers(db.engine, mapping, tables);
  const takePorts: TakePorts<Tx> = {
    inTransaction: (work) => inTransaction(db, work),
    takeRows,
    decide: (row) => decideAnswers(row, behaviour),
    insertAnswers,
    crashPoint,
  };
  const nextRows = createPickList(
    { findRows: createFindRows(db, mapping), now: Date.now },
    { rows: config.SIMULATOR_BATCH_SIZE * LOOK_BATCHES, maxAgeMs: LOOK_MS },
  );
  // Each start writes other received messages than the start before.
  const inboundSource = `${config.INSTANCE_ID}/${Date.now()}`;

  const simulation = simulate(
    {
      nextRows,
      takeBatch: (seqIds) => takeBatch(seqIds, takePorts),
      moveDueAnswers: (limit) => inTransaction(db, (tx) => moveDueAnswers(tx, limit)),
      insertInbound: (from, count) =>
        inTransaction(db, (tx) =>
          insertAnswers(
            tx,
            Array.from({ length: count }, (_, i) => decideInbound(inboundSource, from + i, behaviour)),
          ),
        ),
      signal,
      pause,
      now: Date.now,
      onTaken: (rows, ms) => {
        metrics.taken(rows, ms);
        logger.info({ rows, ms }, 'taken');
      },
      onGiven: (counts, ms) => {
        metrics.given(counts);
        logger.info({ ...counts, ms }, 'answered');
      },
      onProblem: (what, error) => say(`${what} failed; tried again`, error),
      crashPoint,
    },
    toOptions(config),
  );
  ready('simulation', simulation.problem);
  defer('simulation', simulation.ended);
};
