import type { Tx } from '../../../shared/database/database';
import type { RunCounts } from '../core/run-counts';

/** A run as recorded in its row. Times in epoch ms. */
export type RecordedRun = {
  readonly runId: string;
  readonly instanceId: string;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly outcome: 'running' | 'ok' | 'failed';
  readonly problem: string | null;
  readonly counts: RunCounts;
};

/** The statements on the rows of ARCHIVE_RUN. */
export type RunRecords = {
  /**
   * Marks runs that never ended as failed, and enters a new one. The caller holds the run lock, so
   * the processes of those runs have lost it.
   */
  readonly begin: (
    tx: Tx,
    instanceId: string,
    startedAt: number,
  ) => Promise<{ readonly runId: string; readonly interrupted: number }>;
  /**
   * Adds a slice's counts to the run's row, inside the slice's transaction. The row also fences:
   * the next run marks it as interrupted, after which a process that lost the lock unnoticed
   * (frozen, cut off) cannot commit another slice.
   * @throws BridgeError ARCHIVE_LOCK_LOST
   */
  readonly count: (tx: Tx, runId: string, counts: Partial<RunCounts>) => Promise<void>;
  /**
   * Ends the run's row and returns its counts.
   * @throws BridgeError ARCHIVE_LOCK_LOST
   */
  readonly finish: (tx: Tx, runId: string, problems: readonly string[], finishedAt: number) => Promise<RunCounts>;
  /** Returns the newest runs, newest first; with `outcome` only those. */
  readonly find: (tx: Tx, limit: number, outcome?: RecordedRun['outcome']) => Promise<readonly RecordedRun[]>;
};

/** The columns of ARCHIVE_RUN that count. */
export const COUNT_COLUMNS = {
  deadlineUnknown: 'deadline_unknown',
  deadlineExpired: 'deadline_expired',
  sendArchived: 'send_archived',
  acksApplied: 'acks_applied',
  acksDropped: 'acks_dropped',
  receiveProcessed: 'receive_processed',
  receiveOfferedAgain: 'receive_offered_again',
  receiveUnprocessed: 'receive_unprocessed',
  purgedSend: 'purged_send',
  purgedReceive: 'purged_receive',
  purgedTaken: 'purged_taken',
} as const satisfies Record<keyof RunCounts, string>;

/** The names of the counts, in the order of the columns. */
export const COUNT_NAMES = Object.keys(COUNT_COLUMNS) as readonly (keyof RunCounts)[];

export type CountRow = Readonly<Record<(typeof COUNT_COLUMNS)[keyof RunCounts], number | string>>;

export const toCounts = (row: CountRow): RunCounts =>
  Object.fromEntries(COUNT_NAMES.map((name) => [name, Number(row[COUNT_COLUMNS[name]])])) as RunCounts;
