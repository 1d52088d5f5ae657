import { randomUUID } from 'node:crypto';
import { BridgeError } from '../../../shared/errors';
import type { RecordedRun, RunRecords } from './run-columns';
import { COUNT_COLUMNS, COUNT_NAMES, type CountRow, toCounts } from './run-columns';

const COUNTS = Object.values(COUNT_COLUMNS).join(', ');

type RunRow = CountRow & {
  readonly run_id: string;
  readonly instance_id: string;
  readonly started_ms: number;
  readonly finished_ms: number | null;
  readonly outcome: RecordedRun['outcome'];
  readonly problem: string | null;
};

export const runRecordsOnPostgres: RunRecords = {
  begin: async ({ query }, instanceId, startedAt) => {
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
  },
  count: async ({ query }, runId, counts) => {
    const { rowCount } = await query(
      `UPDATE archive_run SET ${COUNT_NAMES.map((name, i) => `${COUNT_COLUMNS[name]} = ${COUNT_COLUMNS[name]} + $${i + 2}::int`).join(', ')}
      WHERE run_id = $1 AND outcome = 'running'`,
      [runId, ...COUNT_NAMES.map((name) => counts[name] ?? 0)],
      'archiver-count-slice',
    );
    if (rowCount === 0) throw new BridgeError('ARCHIVE_LOCK_LOST', 'another instance took over this run');
  },
  finish: async ({ query }, runId, problems, finishedAt) => {
    const { rows } = await query<CountRow>(
      `UPDATE archive_run SET outcome = $2, problem = $3, finished_at = to_timestamp($4::float8 / 1000)
      WHERE run_id = $1 AND outcome = 'running' RETURNING ${COUNTS}`,
      [runId, problems.length === 0 ? 'ok' : 'failed', problems.length === 0 ? null : problems.join('\n'), finishedAt],
    );
    if (rows[0] === undefined) throw new BridgeError('ARCHIVE_LOCK_LOST', 'another instance took over this run');
    return toCounts(rows[0]);
  },
  find: async ({ query }, limit, outcome) => {
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
  },
};
