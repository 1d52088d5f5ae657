import { randomUUID } from 'node:crypto';
import type { Query } from '../../shared/database/open-database';
import { BridgeError } from '../../shared/errors';
import type { RunCounts } from '../core/run-counts';

const COLUMNS = {
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
} as const satisfies Record<keyof RunCounts, string>;

const NAMES = Object.keys(COLUMNS) as readonly (keyof RunCounts)[];

const COUNTS = Object.values(COLUMNS).join(', ');

type CountRow = Readonly<Record<(typeof COLUMNS)[keyof RunCounts], number | string>>;

const toCounts = (row: CountRow): RunCounts =>
  Object.fromEntries(NAMES.map((name) => [name, Number(row[COLUMNS[name]])])) as RunCounts;

/** Marks runs that never ended as failed (the run lock is ours, so whoever wrote them is gone) and enters a new one. */
export const beginRun = async (
  query: Query,
  instanceId: string,
  startedAt: number,
): Promise<{ readonly runId: string; readonly interrupted: number }> => {
  const { rowCount } = await query(
    `UPDATE archive_run SET outcome = 'failed', problem = 'interrupted', finished_at = to_timestamp($1::float8 / 1000)
      WHERE outcome = 'running'`,
    [startedAt],
  );
  const runId = randomUUID();
  await query(
    `INSERT INTO archive_run (run_id, started_at, instance_id, outcome) VALUES ($1, to_timestamp($2::float8 / 1000), $3, 'running')`,
    [runId, startedAt, instanceId],
  );
  return { runId, interrupted: rowCount };
};

/**
 * Adds a slice's counts to the run's row, inside the slice's transaction. It also fences: the next run marks this row as interrupted, and
 * then a process that lost the lock without noticing (frozen, cut off) cannot commit one more slice.
 * @throws BridgeError ARCHIVE_LOCK_LOST
 */
export const countSlice = async (query: Query, runId: string, counts: Partial<RunCounts>): Promise<void> => {
  const { rowCount } = await query(
    `UPDATE archive_run SET ${NAMES.map((name, i) => `${COLUMNS[name]} = ${COLUMNS[name]} + $${i + 2}::int`).join(', ')}
      WHERE run_id = $1 AND outcome = 'running'`,
    [runId, ...NAMES.map((name) => counts[name] ?? 0)],
    'archiver-count-slice',
  );
  if (rowCount === 0) throw new BridgeError('ARCHIVE_LOCK_LOST', 'another instance took over this run');
};

/** Ends the run's row and returns its counts. */
export const finishRun = async (
  query: Query,
  runId: string,
  problems: readonly string[],
  finishedAt: number,
): Promise<RunCounts> => {
  const { rows } = await query<CountRow>(
    `UPDATE archive_run SET outcome = $2, problem = $3, finished_at = to_timestamp($4::float8 / 1000)
      WHERE run_id = $1 AND outcome = 'running' RETURNING ${COUNTS}`,
    [runId, problems.length === 0 ? 'ok' : 'failed', problems.length === 0 ? null : problems.join('\n'), finishedAt],
  );
  if (rows[0] === undefined) throw new BridgeError('ARCHIVE_LOCK_LOST', 'another instance took over this run');
  return toCounts(rows[0]);
};

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

type RunRow = CountRow & {
  readonly run_id: string;
  readonly instance_id: string;
  readonly started_ms: number;
  readonly finished_ms: number | null;
  readonly outcome: RecordedRun['outcome'];
  readonly problem: string | null;
};

/** The newest runs, newest first; with `outcome` only those. */
export const findRuns = async (
  query: Query,
  limit: number,
  outcome?: RecordedRun['outcome'],
): Promise<readonly RecordedRun[]> => {
  const { rows } = await query<RunRow>(
    `SELECT run_id, instance_id, outcome, problem, ${COUNTS},
            (extract(epoch FROM started_at) * 1000)::float8 AS started_ms, (extract(epoch FROM finished_at) * 1000)::float8 AS finished_ms
       FROM archive_run WHERE $2::text IS NULL OR outcome = $2 ORDER BY started_at DESC LIMIT $1`,
    [limit, outcome ?? null],
  );
  return rows.map((row) => ({
    runId: row.run_id,
    instanceId: row.instance_id,
    startedAt: row.started_ms,
    finishedAt: row.finished_ms,
    outcome: row.outcome,
    problem: row.problem,
    counts: toCounts(row),
  }));
};
