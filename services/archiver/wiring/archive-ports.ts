import type { Database, Tx } from '../../../shared/database/database';
import { inTransaction } from '../../../shared/database/transaction';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import type { CrashPoint } from '../../../shared/service/crash-point';
import type { ArchivePorts } from '../archive-batch';
import type { EventPublisher } from '../kafka/publish-events';
import { createHoldRunLock } from '../sql/hold-run-lock';
import { createRunRecords, findRuns } from '../sql/record-run';
import { createArchivePhases, findLeftovers } from './archive-phases';

/**
 * How often the run lock's connection is used. Far below the time after which the database ends an
 * idle transaction.
 */
const LOCK_BEAT_MS = 5_000;

/** Creates the ports of `runArchive`, for the service and for the command line. */
export const createArchivePorts = (deps: {
  readonly db: Database;
  readonly mapping: ExchangeMapping;
  readonly publisher: EventPublisher;
  readonly instanceId: string;
  readonly crashPoint: CrashPoint;
  readonly onSlice: ArchivePorts<Tx>['onSlice'];
  readonly onInterrupted: ArchivePorts<Tx>['onInterrupted'];
}): ArchivePorts<Tx> => {
  const { db, publisher } = deps;
  const runs = createRunRecords(db.engine);
  return {
    holdRunLock: createHoldRunLock(db, LOCK_BEAT_MS),
    lastGoodRun: async () => (await findRuns(db, 1, 'ok'))[0],
    beginRun: (startedAt) => inTransaction(db, (tx) => runs.begin(tx, deps.instanceId, startedAt)),
    countSlice: runs.count,
    finishRun: (runId, problems, finishedAt) => runs.finish(db, runId, problems, finishedAt),
    inTransaction: (work) => inTransaction(db, work),
    phases: createArchivePhases(db.engine, deps.mapping, publisher),
    findLeftovers: (plan) => findLeftovers(db, plan),
    onSlice: deps.onSlice,
    onInterrupted: deps.onInterrupted,
    now: Date.now,
    crashPoint: deps.crashPoint,
  };
};
