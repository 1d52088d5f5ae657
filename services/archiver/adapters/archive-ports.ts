import type { Database } from '../../shared/database/open-database';
import { inTransaction, type Tx } from '../../shared/database/transaction';
import type { CrashPoint } from '../../shared/lifecycle/crash-point';
import type { ArchivePorts } from '../archive';
import type { SettlePorts } from '../settle-acks';
import { findCustomerService, lockAckedRows, markProcessed } from './acked-rows';
import { createArchivePhases, findLeftovers } from './archive-phases';
import { createHoldRunLock } from './hold-run-lock';
import type { EventPublisher } from './publish-events';
import { beginRun, countSlice, findRuns, finishRun } from './record-run';

/** How often the run lock's connection is used. Far below the time after which the database ends an idle transaction. */
const LOCK_BEAT_MS = 5_000;

/** The database side of settling acknowledgements. */
export const settlePorts: SettlePorts<Tx> = {
  lockAckedRows: ({ query }, ids) => lockAckedRows(query, ids),
  findCustomerService: ({ query }, appIds) => findCustomerService(query, appIds),
  markProcessed: ({ query }, place, acks) => markProcessed(query, place, acks),
};

/** Everything `runArchive` needs, on a database and a publisher: for the service and for the command line alike. */
export const createArchivePorts = (world: {
  readonly db: Database;
  readonly publisher: EventPublisher;
  readonly instanceId: string;
  readonly crashPoint: CrashPoint;
  readonly onSlice: ArchivePorts<Tx>['onSlice'];
  readonly onInterrupted: ArchivePorts<Tx>['onInterrupted'];
}): ArchivePorts<Tx> => {
  const { db, publisher } = world;
  return {
    holdRunLock: createHoldRunLock(db, LOCK_BEAT_MS),
    lastGoodRun: async () => (await findRuns(db.query, 1, 'ok'))[0],
    beginRun: (startedAt) => inTransaction(db, ({ query }) => beginRun(query, world.instanceId, startedAt)),
    countSlice: ({ query }, runId, counts) => countSlice(query, runId, counts),
    finishRun: (runId, problems, finishedAt) => finishRun(db.query, runId, problems, finishedAt),
    inTransaction: (work) => inTransaction(db, work),
    phases: createArchivePhases<Tx>(publisher, settlePorts),
    findLeftovers: (plan) => findLeftovers(db.query, plan),
    onSlice: world.onSlice,
    onInterrupted: world.onInterrupted,
    now: Date.now,
    crashPoint: world.crashPoint,
  };
};
