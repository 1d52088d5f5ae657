import { type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import { ID_COLUMN, TIME_COLUMN } from '../../../shared/database/oracle/oracle-columns';
import { changedRows } from '../../../shared/database/oracle/row-counts';
import { END_REASONS } from '../../../shared/ledger/end-reasons';
import type { OverdueMessage } from '../core/overdue-event';
import type { ArchivePlan } from '../core/plan-archive';

/** One way to end messages: the condition, the deadline and the new status. */
export type Ending = {
  readonly status: 'UNKNOWN' | 'EXPIRED';
  /** SQL: the condition of the rows */
  readonly due: string;
  /** the time column that must lie before the cut-off moment */
  readonly orderBy: string;
  /** Oracle: the index that holds only these rows, by the same expression */
  readonly index: string;
  /** from `orderBy` to the deadline */
  readonly deadlineMs: (plan: ArchivePlan) => number;
};

/** Messages that were handed over and got no final reply. A later report corrects the status. */
export const END_UNANSWERED: Ending = {
  status: 'UNKNOWN',
  due: 'FINAL_AT IS NULL',
  orderBy: 'HANDED_AT',
  index: 'SM_SEND_T_OPEN',
  deadlineMs: (plan) => plan.reportDeadlineMs,
};

/**
 * Messages that were published for a table row, but whose record never reached the relay as a
 * message (lost with its topic, or a dead letter), and whose validity ended long ago. The relay
 * takes no row that is final and hands over no message past its validity, so these messages are
 * never sent.
 */
export const EXPIRE_UNHANDED: Ending = {
  status: 'EXPIRED',
  due: `FINAL_AT IS NULL AND HANDED_AT IS NULL AND STATUS = 'QUEUED'`,
  orderBy: 'EXPIRES_AT',
  index: 'SM_SEND_T_UNHANDED',
  deadlineMs: () => 0,
};

/** The ended messages, and the number of rows that were claimed for them. */
export type EndedSlice = {
  readonly messages: readonly OverdueMessage[];
  readonly claimed: number;
  readonly upTo: number;
};

/**
 * Ends one slice of messages inside the caller's transaction. Returns them so that their events can
 * be published.
 */
export type EndMessages = (tx: Tx, plan: ArchivePlan, from: number) => Promise<EndedSlice>;

/** Keeps the reason of a message whose report decided nothing. */
const reasonOf = (status: Ending['status'], coalesce: 'coalesce' | 'NVL'): string =>
  status === 'UNKNOWN' ? `${coalesce}(reason, '${END_REASONS.UNKNOWN}')` : `'${END_REASONS[status]}'`;

/**
 * Skips rows that another transaction holds (it is settling a report on them). So this never waits
 * and is part of no deadlock.
 */
const endStatement = ({ status, due, orderBy }: Ending): string => `
WITH due AS (
  SELECT msg_id, ${orderBy} AS at FROM sm_send_t
   WHERE ${due} AND ${orderBy} < to_timestamp($4::float8 / 1000) AND ${orderBy} >= to_timestamp($3::float8 / 1000)
   ORDER BY ${orderBy} LIMIT $2 FOR UPDATE SKIP LOCKED)
UPDATE sm_send_t t SET status = '${status}', reason = ${reasonOf(status, 'coalesce')}, final_at = to_timestamp($1::float8 / 1000)
 WHERE msg_id = ANY(ARRAY(SELECT msg_id FROM due))
RETURNING message_id, app_id, dest_addr, context, gateway_msg_id, gateway_code, reason, (extract(epoch FROM ${orderBy}) * 1000)::float8 AS at_ms`;

type Row = {
  readonly message_id: string;
  readonly app_id: string;
  readonly dest_addr: string;
  readonly context: string | null;
  readonly gateway_msg_id: string | null;
  readonly gateway_code: string | null;
  readonly reason: string | null;
};

const toEnded = (row: Row, endedAt: number): OverdueMessage => ({
  messageId: row.message_id,
  appId: row.app_id,
  destAddr: row.dest_addr,
  context: row.context,
  gatewayMsgId: row.gateway_msg_id,
  gatewayCode: row.gateway_code,
  reason: row.reason,
  endedAt,
});

const endOnPostgres = (ending: Ending): EndMessages => {
  const statement = endStatement(ending);
  return async ({ query }, plan, from) => {
    const { rows } = await query<Row & { readonly at_ms: number }>(
      statement,
      [plan.now, plan.sliceRows, from, plan.handedBefore],
      `archiver-end-${ending.status.toLowerCase()}`,
    );
    return {
      messages: rows.map((row) => toEnded(row, row.at_ms + ending.deadlineMs(plan))),
      claimed: rows.length,
      upTo: rows.reduce((latest, row) => Math.max(latest, row.at_ms), from),
    };
  };
};

/**
 * Returns the expression of the index for an ending. On Oracle it is NULL for all rows that are not
 * due.
 */
export const endingExpression = ({ due, orderBy }: Pick<Ending, 'due' | 'orderBy'>): string =>
  `CASE WHEN ${due} THEN ${orderBy} END`;

const oracleTexts = (ending: Ending) => {
  const { status, due, index } = ending;
  const dueTime = endingExpression(ending);
  return {
    claim: `SELECT /*+ INDEX(t ${index}) */ MSG_ID, MESSAGE_ID, APP_ID, DEST_ADDR, CONTEXT, GATEWAY_MSG_ID, GATEWAY_CODE, REASON, ${dueTime} AS DUE_AT FROM SM_SEND_T t
 WHERE ${dueTime} >= :1 AND ${dueTime} < :2 ORDER BY ${dueTime} FOR UPDATE SKIP LOCKED`,
    end: `UPDATE SM_SEND_T SET STATUS = '${status}', REASON = ${reasonOf(status, 'NVL').replace('reason', 'REASON')}, FINAL_AT = :1 WHERE MSG_ID = :2 AND ${due}`,
  };
};

/**
 * The update repeats the condition: the message's reply may have come after the claim began and
 * before the row was locked.
 */
const endOnOracle = (ending: Ending): EndMessages => {
  const { claim, end } = oracleTexts(ending);
  return async ({ oracle }, plan, from) => {
    const { rows } = await oracle.execute<Row & { readonly msg_id: string; readonly due_at: Date }>(
      claim,
      [new Date(from), new Date(plan.handedBefore)],
      { maxRows: plan.sliceRows },
    );
    const now = new Date(plan.now);
    const counts = await oracle.executeMany(
      end,
      rows.map((row) => [now, row.msg_id]),
      [TIME_COLUMN, ID_COLUMN],
    );
    const ended = changedRows(rows, counts);
    return {
      messages: ended.map((row) => toEnded(row, row.due_at.getTime() + ending.deadlineMs(plan))),
      claimed: rows.length,
      upTo: rows.at(-1)?.due_at.getTime() ?? from,
    };
  };
};

const END_MESSAGES: PerEngine<(ending: Ending) => EndMessages> = { pg: endOnPostgres, oracledb: endOnOracle };

export const createEndMessages = (engine: Engine, ending: Ending): EndMessages =>
  forEngine(engine, END_MESSAGES)(ending);
