import { type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import { ID_COLUMN, TIME_COLUMN } from '../../../shared/database/oracle/oracle-columns';
import { changedRows } from '../../../shared/database/oracle/row-counts';
import { END_REASONS } from '../../../shared/ledger/end-reasons';
import type { OverdueMessage } from '../core/overdue-event';
import type { ArchivePlan } from '../core/plan-archive';

/** One way to end messages: which ones, when their deadline passed, and what they become. */
export type Ending = {
  readonly status: 'UNKNOWN' | 'EXPIRED';
  /** SQL: which rows */
  readonly due: string;
  /** the time column that must lie before the cut-off moment */
  readonly orderBy: string;
  /** Oracle: the index that holds these rows and no others, and its very expression */
  readonly index: string;
  /** from `orderBy` to the deadline */
  readonly deadlineMs: (plan: ArchivePlan) => number;
};

/** Handed over, and the province never said what became of it. A report that still comes after this corrects it. */
export const END_UNANSWERED: Ending = {
  status: 'UNKNOWN',
  due: 'FINAL_AT IS NULL',
  orderBy: 'HANDED_AT',
  index: 'SM_SEND_T_OPEN',
  deadlineMs: (plan) => plan.reportDeadlineMs,
};

/**
 * Published for a table row, but its record never reached the relay as a message (lost with its topic, or set aside as a dead letter), and its
 * validity ended long ago. The relay takes no row that is final, and hands nothing over that is past its validity, so nobody sends it any more.
 */
export const EXPIRE_UNHANDED: Ending = {
  status: 'EXPIRED',
  due: `FINAL_AT IS NULL AND HANDED_AT IS NULL AND STATUS = 'QUEUED'`,
  orderBy: 'EXPIRES_AT',
  index: 'SM_SEND_T_UNHANDED',
  deadlineMs: () => 0,
};

/** Messages that were ended, and how many rows were looked at for them. */
export type EndedSlice = {
  readonly messages: readonly OverdueMessage[];
  readonly claimed: number;
  readonly upTo: number;
};

/** Ends one slice of messages inside the caller's transaction and returns them, so that their events can be published. */
export type EndMessages = (tx: Tx, plan: ArchivePlan, from: number) => Promise<EndedSlice>;

/** A message of which a report came that decided nothing keeps that as its reason. */
const reasonOf = (status: Ending['status'], coalesce: 'coalesce' | 'NVL'): string =>
  status === 'UNKNOWN' ? `${coalesce}(reason, '${END_REASONS.UNKNOWN}')` : `'${END_REASONS[status]}'`;

/** Rows that others hold are skipped (a report is being settled on them right now), so this never waits and is part of no deadlock. */
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

/** On Oracle what is due is what an index holds: its very expression, which is NULL for all other rows. */
export const endingExpression = ({ due, orderBy }: Pick<Ending, 'due' | 'orderBy'>): string =>
  `CASE WHEN ${due} THEN ${orderBy} END`;

const oracleTexts = (ending: Ending) => {
  const { status, due, index } = ending;
  const at = endingExpression(ending);
  return {
    claim: `SELECT /*+ INDEX(t ${index}) */ MSG_ID, MESSAGE_ID, APP_ID, DEST_ADDR, CONTEXT, GATEWAY_MSG_ID, GATEWAY_CODE, REASON, ${at} AS DUE_AT FROM SM_SEND_T t
 WHERE ${at} >= :1 AND ${at} < :2 ORDER BY ${at} FOR UPDATE SKIP LOCKED`,
    end: `UPDATE SM_SEND_T SET STATUS = '${status}', REASON = ${reasonOf(status, 'NVL').replace('reason', 'REASON')}, FINAL_AT = :1 WHERE MSG_ID = :2 AND ${due}`,
  };
};

/** The update asks once more whether a row is due: its answer may have come after the claim began and before the lock was taken. */
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
