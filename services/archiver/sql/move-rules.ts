import type { PerEngine } from '../../../shared/database/database';
import type { ArchivePlan } from '../core/plan-archive';
import type { RunCounts } from '../core/run-counts';

/** The rows that may be moved, in one engine's SQL. */
export type DueCondition = {
  /** returns the condition; `cutOff` is the SQL of the moment before which they must lie */
  readonly where: (cutOff: string) => string;
  /** the time that orders the rows */
  readonly orderBy: string;
  /** Oracle: the index in whose order they come, without a sort */
  readonly index?: string;
};

/** One kind of move from a live table to its history. */
export type MoveRule = {
  readonly from: string;
  readonly to: string;
  /** the column that finds a row */
  readonly key: string;
  /** the columns that make a message unique in the history */
  readonly identity: readonly string[];
  readonly columns: string;
  readonly due: Required<PerEngine<DueCondition>>;
  readonly outcome?: 'processed' | 'unprocessed';
  readonly cutOff: (plan: ArchivePlan) => number;
  readonly counts: (rows: number) => Partial<RunCounts>;
};

const SEND_COLUMNS =
  'message_id, app_id, ext_code, dest_addr, content, priority, need_report, context, status, reason, scheduled_at, expires_at, created_at, ' +
  'handed_at, submitted_at, final_at, gateway_msg_id, gateway_code, part_count, parts_done, source, ' +
  'gateway_submitted_at, gateway_done_at, gateway_message, msg_id';

const RECEIVE_COLUMNS =
  'received_id, src_addr, dest_addr, ext_code, app_id, content, received_at, recorded_at, offered_at, processed_at, processed_by, attempt';

const sendMove = {
  from: 'sm_send_t',
  to: 'sm_send_t_log',
  key: 'msg_id',
  identity: ['message_id', 'app_id'],
  columns: SEND_COLUMNS,
} as const;
const receiveMove = {
  from: 'sm_receive_t',
  to: 'sm_receive_t_log',
  key: 'received_id',
  identity: ['received_id'],
  columns: RECEIVE_COLUMNS,
} as const;

/**
 * Returns the condition for an index on an expression. On Oracle the expression is NULL for all
 * rows that are not due.
 */
const inIndex = (index: string, expression: string): DueCondition => ({
  where: (cutOff) => `${expression} < ${cutOff}`,
  orderBy: expression,
  index,
});

/**
 * Moves a final row only after its validity has ended. Until then the ledger must remember it, or a
 * replay of its record would be sent again; after that a replay can only expire.
 */
export const MOVE_SENT: MoveRule = {
  ...sendMove,
  due: {
    pg: { where: (cutOff) => `final_at IS NOT NULL AND expires_at < ${cutOff}`, orderBy: 'expires_at' },
    oracledb: inIndex('SM_SEND_T_FINAL', 'CASE WHEN FINAL_AT IS NOT NULL THEN EXPIRES_AT END'),
  },
  cutOff: (plan) => plan.expiredBefore,
  counts: (rows) => ({ sendArchived: rows }),
};

/**
 * Moves final rows that never got a validity (they ended before validation) after the longest
 * validity.
 */
export const MOVE_UNDATED: MoveRule = {
  ...sendMove,
  due: {
    pg: {
      where: (cutOff) => `final_at IS NOT NULL AND expires_at IS NULL AND created_at < ${cutOff}`,
      orderBy: 'created_at',
    },
    oracledb: inIndex('SM_SEND_T_UNDATED', 'CASE WHEN FINAL_AT IS NOT NULL AND EXPIRES_AT IS NULL THEN CREATED_AT END'),
  },
  cutOff: (plan) => plan.createdBefore,
  counts: (rows) => ({ sendArchived: rows }),
};

export const MOVE_PROCESSED: MoveRule = {
  ...receiveMove,
  due: {
    pg: { where: (cutOff) => `processed_at IS NOT NULL AND recorded_at <= ${cutOff}`, orderBy: 'processed_at' },
    oracledb: {
      where: (cutOff) => `PROCESSED_AT IS NOT NULL AND RECORDED_AT <= ${cutOff}`,
      orderBy: 'PROCESSED_AT',
      index: 'SM_RECEIVE_T_DONE',
    },
  },
  outcome: 'processed',
  cutOff: (plan) => plan.now,
  counts: (rows) => ({ receiveProcessed: rows }),
};

/**
 * Moves rows that may not be offered again. The others have a new `offered_at` by now: see the
 * order of the phases.
 */
export const MOVE_UNPROCESSED: MoveRule = {
  ...receiveMove,
  due: {
    pg: { where: (cutOff) => `processed_at IS NULL AND offered_at < ${cutOff}`, orderBy: 'offered_at' },
    oracledb: inIndex('SM_RECEIVE_T_OPEN', 'CASE WHEN PROCESSED_AT IS NULL THEN OFFERED_AT END'),
  },
  outcome: 'unprocessed',
  cutOff: (plan) => plan.offeredBefore,
  counts: (rows) => ({ receiveUnprocessed: rows }),
};

export const MOVE_RULES = [MOVE_SENT, MOVE_UNDATED, MOVE_PROCESSED, MOVE_UNPROCESSED] as const;
