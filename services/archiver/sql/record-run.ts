import { type Database, type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import type { RunCounts } from '../core/run-counts';
import { runsOnOracle } from './record-run-oracle';
import { runsOnPostgres } from './record-run-postgres';

/** A run as its row tells it. Times in epoch ms. */
export type RecordedRun = {
  readonly runId: string;
  readonly instanceId: string;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly outcome: 'running' | 'ok' | 'failed';
  readonly problem: string | null;
  readonly counts: RunCounts;
};

/** What is done with the rows of ARCHIVE_RUN. */
export type RunRecords = {
  /** Marks runs that never ended as failed (the run lock is ours, so whoever wrote them is gone) and enters a new one. */
  readonly begin: (
    tx: Tx,
    instanceId: string,
    startedAt: number,
  ) => Promise<{ readonly runId: string; readonly interrupted: number }>;
  /**
   * Adds a slice's counts to the run's row, inside the slice's transaction. It also fences: the next run marks this row as interrupted, and
   * then a process that lost the lock without noticing (frozen, cut off) cannot commit one more slice.
   * @throws BridgeError ARCHIVE_LOCK_LOST
   */
  readonly count: (tx: Tx, runId: string, counts: Partial<RunCounts>) => Promise<void>;
  /** Ends the run's row and returns its counts. @throws BridgeError ARCHIVE_LOCK_LOST */
  readonly finish: (tx: Tx, runId: string, problems: readonly string[], finishedAt: number) => Promise<RunCounts>;
  /** The newest runs, newest first; with `outcome` only those. */
  readonly find: (tx: Tx, limit: number, outcome?: RecordedRun['outcome']) => Promise<readonly RecordedRun[]>;
};

const RUN_RECORDS: PerEngine<RunRecords> = { pg: runsOnPostgres, oracledb: runsOnOracle };

export const runRecordsFor = (engine: Engine): RunRecords => forEngine(engine, RUN_RECORDS);

/** The newest runs, newest first; with `outcome` only those. */
export const findRuns = (
  db: Database,
  limit: number,
  outcome?: RecordedRun['outcome'],
): Promise<readonly RecordedRun[]> => runRecordsFor(db.engine).find(db, limit, outcome);
