import { randomUUID } from 'node:crypto';
import { BridgeError } from '../../../shared/errors';
import type { RecordedRun, RunRecords } from './run-columns';
import { COUNT_COLUMNS, COUNT_NAMES, type CountRow, toCounts } from './run-columns';

const COUNTS = Object.values(COUNT_COLUMNS).join(', ');

const LOST = 'another instance took over this run';

/** PROBLEM holds 4000 bytes. */
const PROBLEM_BYTES = 4000;

/** Cuts a text to `bytes` bytes of UTF-8, between two characters. */
const cutToBytes = (text: string, bytes: number): string => {
  const whole = Buffer.from(text);
  if (whole.length <= bytes) return text;
  const ending = '…';
  // A character that was cut in two decodes to U+FFFD.
  return `${whole.toString('utf8', 0, bytes - Buffer.byteLength(ending)).replace(/\uFFFD$/, '')}${ending}`;
};

type RunRow = CountRow & {
  readonly run_id: string;
  readonly instance_id: string;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly outcome: RecordedRun['outcome'];
  readonly problem: string | null;
};

const END_INTERRUPTED = `UPDATE ARCHIVE_RUN SET OUTCOME = 'failed', PROBLEM = 'interrupted', FINISHED_AT = :1 WHERE OUTCOME = 'running'`;

const BEGIN = `INSERT INTO ARCHIVE_RUN (RUN_ID, STARTED_AT, INSTANCE_ID, OUTCOME) VALUES (:1, :2, :3, 'running')`;

const COUNT = `UPDATE ARCHIVE_RUN SET ${COUNT_NAMES.map((name, index) => `${COUNT_COLUMNS[name]} = ${COUNT_COLUMNS[name]} + :${index + 1}`).join(', ')}
 WHERE RUN_ID = :${COUNT_NAMES.length + 1} AND OUTCOME = 'running'`;

const FINISH = `UPDATE ARCHIVE_RUN SET OUTCOME = :outcome, PROBLEM = :problem, FINISHED_AT = :finished WHERE RUN_ID = :run_id AND OUTCOME = 'running'
 RETURNING ${COUNTS} INTO ${Object.values(COUNT_COLUMNS)
   .map((column) => `:${column}`)
   .join(', ')}`;

const COUNTS_OUT = Object.fromEntries(
  Object.values(COUNT_COLUMNS).map((column) => [column, { out: { type: 'number' } }] as const),
);

const find = (where: string): string =>
  `SELECT RUN_ID, INSTANCE_ID, OUTCOME, PROBLEM, STARTED_AT, FINISHED_AT, ${COUNTS} FROM ARCHIVE_RUN${where} ORDER BY STARTED_AT DESC`;

export const runRecordsOnOracle: RunRecords = {
  begin: async ({ oracle }, instanceId, startedAt) => {
    const { rowCount } = await oracle.execute(END_INTERRUPTED, [new Date(startedAt)]);
    const runId = randomUUID();
    await oracle.execute(BEGIN, [runId, new Date(startedAt), instanceId]);
    return { runId, interrupted: rowCount };
  },
  count: async ({ oracle }, runId, counts) => {
    const { rowCount } = await oracle.execute(COUNT, [...COUNT_NAMES.map((name) => counts[name] ?? 0), runId]);
    if (rowCount === 0) throw new BridgeError('ARCHIVE_LOCK_LOST', LOST);
  },
  finish: async ({ oracle }, runId, problems, finishedAt) => {
    const { rowCount, out } = await oracle.execute(FINISH, {
      outcome: problems.length === 0 ? 'ok' : 'failed',
      problem: problems.length === 0 ? null : cutToBytes(problems.join('\n'), PROBLEM_BYTES),
      finished: new Date(finishedAt),
      run_id: runId,
      ...COUNTS_OUT,
    });
    if (rowCount === 0) throw new BridgeError('ARCHIVE_LOCK_LOST', LOST);
    const first = Object.entries(out as Readonly<Record<string, readonly number[]>>).map(
      ([column, values]) => [column, values[0]] as const,
    );
    return toCounts(Object.fromEntries(first) as unknown as CountRow);
  },
  find: async ({ oracle }, limit, outcome) => {
    const options = { maxRows: limit };
    const { rows } =
      outcome === undefined
        ? await oracle.execute<RunRow>(find(''), [], options)
        : await oracle.execute<RunRow>(find(' WHERE OUTCOME = :1'), [outcome], options);
    return rows.map((row) => ({
      runId: row.run_id,
      instanceId: row.instance_id,
      startedAt: row.started_at.getTime(),
      finishedAt: row.finished_at?.getTime() ?? null,
      outcome: row.outcome,
      problem: row.problem,
      counts: toCounts(row),
    }));
  },
};
