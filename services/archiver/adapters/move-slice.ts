import type { Query } from '../../shared/database/open-database';
import type { ArchivePlan } from '../core/plan-archive';
import type { RunCounts, SliceResult } from '../core/run-counts';

const SEND_COLUMNS =
  'message_id, app_id, ext_code, dest_addr, content, priority, need_report, context, status, reason, scheduled_at, expires_at, created_at, ' +
  'handed_at, submitted_at, final_at, gateway_msg_id, gateway_code, part_count, parts_done, source';

const RECEIVE_COLUMNS =
  'received_id, src_addr, dest_addr, ext_code, app_id, content, received_at, recorded_at, offered_at, processed_at, processed_by, attempt';

/** One kind of move from a day table to its history. */
export type Move = {
  readonly from: string;
  readonly to: string;
  readonly key: string;
  readonly columns: string;
  /** SQL: which rows may go; $4 is the cut-off moment (epoch ms) */
  readonly due: string;
  /** time column in whose order they go */
  readonly orderBy: string;
  readonly outcome?: 'processed' | 'unprocessed';
  readonly cutOff: (plan: ArchivePlan) => number;
  readonly counts: (rows: number) => Partial<RunCounts>;
};

const sendMove = { from: 'sm_send_t', to: 'sm_send_t_log', key: 'message_id', columns: SEND_COLUMNS } as const;
const receiveMove = {
  from: 'sm_receive_t',
  to: 'sm_receive_t_log',
  key: 'received_id',
  columns: RECEIVE_COLUMNS,
} as const;
const CUT_OFF = 'to_timestamp($4::float8 / 1000)';

/**
 * A final row goes only when its validity has ended: until then the ledger must remember it, or a replay of its record would be sent
 * again; afterwards a replay can only expire.
 */
export const MOVE_SENT: Move = {
  ...sendMove,
  due: `final_at IS NOT NULL AND expires_at < ${CUT_OFF}`,
  orderBy: 'expires_at',
  cutOff: (plan) => plan.expiredBefore,
  counts: (rows) => ({ sendArchived: rows }),
};

/** Final rows that never got a validity (ended before anybody judged it) stay as long as the longest validity. */
export const MOVE_UNDATED: Move = {
  ...sendMove,
  due: `final_at IS NOT NULL AND expires_at IS NULL AND created_at < ${CUT_OFF}`,
  orderBy: 'created_at',
  cutOff: (plan) => plan.createdBefore,
  counts: (rows) => ({ sendArchived: rows }),
};

export const MOVE_PROCESSED: Move = {
  ...receiveMove,
  due: `processed_at IS NOT NULL AND recorded_at <= ${CUT_OFF}`,
  orderBy: 'processed_at',
  outcome: 'processed',
  cutOff: (plan) => plan.now,
  counts: (rows) => ({ receiveProcessed: rows }),
};

/** Rows that may still be offered again have a new `offered_at` when this runs: see the order of the phases. */
export const MOVE_UNPROCESSED: Move = {
  ...receiveMove,
  due: `processed_at IS NULL AND offered_at < ${CUT_OFF}`,
  orderBy: 'offered_at',
  outcome: 'unprocessed',
  cutOff: (plan) => plan.offeredBefore,
  counts: (rows) => ({ receiveUnprocessed: rows }),
};

export const MOVES = [MOVE_SENT, MOVE_UNDATED, MOVE_PROCESSED, MOVE_UNPROCESSED] as const;

/** An id that the history holds already keeps its day row where it is (an index look-up a row; never a join over the whole history). */
const inHistory = ({ from, to, key }: Move) => `(SELECT true FROM ${to} h WHERE h.${key} = ${from}.${key})`;

/** Delete and insert in one statement: whatever happens, a row is in one of the two tables. Rows that others hold are left for the next run. */
const moveStatement = (move: Move): string => `
WITH due AS (
  SELECT ${move.key}, ${move.orderBy} AS at FROM ${move.from}
   WHERE ${move.due} AND ${move.orderBy} >= to_timestamp($3::float8 / 1000) AND ${inHistory(move)} IS NULL
   ORDER BY ${move.orderBy} LIMIT $2 FOR UPDATE OF ${move.from} SKIP LOCKED),
gone AS (
  DELETE FROM ${move.from} WHERE ${move.key} = ANY(ARRAY(SELECT ${move.key} FROM due)) RETURNING ${move.columns}),
kept AS (
  INSERT INTO ${move.to} (${move.columns}, archived_at${move.outcome ? ', outcome' : ''})
  SELECT ${move.columns}, to_timestamp($1::float8 / 1000)${move.outcome ? `, '${move.outcome}'` : ''} FROM gone RETURNING 1)
SELECT (SELECT count(*) FROM due)::int AS taken, (SELECT count(*) FROM gone)::int AS deleted, (SELECT count(*) FROM kept)::int AS inserted,
       (SELECT (extract(epoch FROM max(at)) * 1000)::float8 FROM due) AS up_to`;

/** A function that moves one slice inside the caller's transaction. Not a prepared statement: its general plan would sort all due rows for each slice. */
export const createMoveSlice = (move: Move) => {
  const statement = moveStatement(move);
  return async (query: Query, plan: ArchivePlan, from: number): Promise<SliceResult> => {
    const { rows } = await query<{ taken: number; deleted: number; inserted: number; up_to: number | null }>(
      statement,
      [plan.now, plan.sliceRows, from, move.cutOff(plan)],
    );
    const { taken, deleted, inserted, up_to } = rows[0]!;
    return { taken, counts: move.counts(taken), moved: { deleted, inserted }, upTo: up_to ?? from };
  };
};

/** Rows that are due but stay, because the history already holds another row with their id: how many, and some of the ids. */
export const findHeldBack = async (
  query: Query,
  move: Move,
  plan: ArchivePlan,
): Promise<{ readonly rows: number; readonly examples: readonly string[] }> => {
  const { rows } = await query<{ rows: number; examples: string[] | null }>(
    `SELECT count(*)::int AS rows, (array_agg(${move.key}))[1:3] AS examples FROM ${move.from}
      WHERE ${move.due.replaceAll('$4', '$1')} AND ${inHistory(move)}`,
    [move.cutOff(plan)],
  );
  return { rows: rows[0]?.rows ?? 0, examples: rows[0]?.examples ?? [] };
};
