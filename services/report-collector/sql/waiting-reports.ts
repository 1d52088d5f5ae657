import { type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import { deleteClaimed } from '../../../shared/database/oracle/delete-claimed';
import {
  CODE_COLUMN,
  ID_COLUMN,
  KEY_COLUMN,
  NUMBER_COLUMN,
  TIME_COLUMN,
  textColumn,
} from '../../../shared/database/oracle/oracle-columns';
import { inList, padded, paddedLength } from '../../../shared/database/oracle/oracle-lists';
import { WIDTHS } from '../../../shared/ledger/widths';
import type { Selection } from '../collect-batch';
import type { WaitingReport } from '../core/collect-plan';
import type { ReportRow } from '../core/exchange-rows';

/**
 * Deletes waiting reports whose next try is due, and returns them in the order of their arrival.
 */
export type ClaimWaiting = (tx: Tx, selection: Selection, now: number) => Promise<readonly ReportRow[]>;

/** Keeps reports until their next try. */
export type InsertWaiting = (tx: Tx, reports: readonly WaitingReport[]) => Promise<void>;

const claimSql = (condition: string): string => `
WITH gone AS (
  DELETE FROM sm_report_wait WHERE wait_id = ANY(ARRAY(
    SELECT wait_id FROM sm_report_wait ${condition} FOR UPDATE SKIP LOCKED))
  RETURNING *)
SELECT wait_id::text AS id, gateway_msg_id, msg_id, dest_addr, stat, err_code, event_id, source_seq, tries, told,
       (extract(epoch FROM submit_time) * 1000)::float8 AS submit_ms, (extract(epoch FROM done_time) * 1000)::float8 AS done_ms,
       (extract(epoch FROM first_seen_at) * 1000)::float8 AS first_seen_ms
  FROM gone ORDER BY first_seen_at, wait_id`;

const CLAIM_DUE_SQL = claimSql('WHERE next_try_at <= to_timestamp($2::float8 / 1000) ORDER BY next_try_at LIMIT $1');
const CLAIM_BY_ID_SQL = claimSql('WHERE wait_id = ANY($1)');

type Row = {
  readonly id: string;
  readonly gateway_msg_id: string | null;
  readonly msg_id: string | null;
  readonly dest_addr: string | null;
  readonly stat: string | null;
  readonly err_code: string | null;
  readonly event_id: string;
  readonly source_seq: string;
  readonly tries: number;
  readonly told: number;
  readonly submit_ms: number | null;
  readonly done_ms: number | null;
  readonly first_seen_ms: number;
};

const toReport = (row: Row): ReportRow => ({
  id: row.id,
  gatewayMsgId: row.gateway_msg_id,
  msgId: row.msg_id,
  destAddr: row.dest_addr,
  stat: row.stat,
  errCode: row.err_code,
  submitMs: row.submit_ms,
  doneMs: row.done_ms,
  waited: {
    eventId: row.event_id,
    sourceSeq: row.source_seq,
    firstSeenMs: row.first_seen_ms,
    tries: row.tries,
    told: row.told === 1,
  },
});

const claimOnPostgres: ClaimWaiting = async ({ query }, selection, now) => {
  const { rows } =
    'limit' in selection
      ? await query<Row>(CLAIM_DUE_SQL, [selection.limit, now])
      : await query<Row>(CLAIM_BY_ID_SQL, [selection.ids]);
  return rows.map(toReport);
};

const insertOnPostgres: InsertWaiting = async ({ query }, reports) => {
  await query(
    `INSERT INTO sm_report_wait (event_id, source_seq, gateway_msg_id, msg_id, dest_addr, stat, err_code, submit_time, done_time,
                                 first_seen_at, next_try_at, tries, told)
     SELECT event_id, source_seq, gateway_msg_id, msg_id, dest_addr, stat, err_code, to_timestamp(submit_ms / 1000), to_timestamp(done_ms / 1000),
            to_timestamp(first_seen_ms / 1000), to_timestamp(next_try_ms / 1000), tries, told
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::float8[], $9::float8[],
                   $10::float8[], $11::float8[], $12::int[], $13::int[])
         AS w (event_id, source_seq, gateway_msg_id, msg_id, dest_addr, stat, err_code, submit_ms, done_ms, first_seen_ms, next_try_ms, tries, told)`,
    [
      reports.map((report) => report.eventId),
      reports.map((report) => report.sourceSeq),
      reports.map((report) => report.gatewayMsgId),
      reports.map((report) => report.msgId),
      reports.map((report) => report.destAddr),
      reports.map((report) => report.stat),
      reports.map((report) => report.errCode),
      reports.map((report) => report.submitMs),
      reports.map((report) => report.doneMs),
      reports.map((report) => report.firstSeenMs),
      reports.map((report) => report.nextTryMs),
      reports.map((report) => report.tries),
      reports.map((report) => (report.told ? 1 : 0)),
    ],
    'collector-insert-waiting',
  );
};

type OracleRow = Omit<Row, 'submit_ms' | 'done_ms' | 'first_seen_ms' | 'tries' | 'told'> & {
  readonly submit_time: Date | null;
  readonly done_time: Date | null;
  readonly first_seen_at: Date;
  readonly tries: number | string;
  readonly told: number | string;
};

const claimSqlOnOracle = (condition: string, hint = ''): string => `
SELECT ${hint} WAIT_ID AS ID, GATEWAY_MSG_ID, MSG_ID, DEST_ADDR, STAT, ERR_CODE, EVENT_ID, SOURCE_SEQ, TRIES, TOLD, SUBMIT_TIME, DONE_TIME, FIRST_SEEN_AT
  FROM SM_REPORT_WAIT W WHERE ${condition} FOR UPDATE SKIP LOCKED`;

const CLAIM_DUE_SQL_ON_ORACLE = claimSqlOnOracle(
  'NEXT_TRY_AT <= :1 ORDER BY NEXT_TRY_AT',
  '/*+ FIRST_ROWS(100) INDEX(W SM_REPORT_WAIT_NEXT) */',
);
const DELETE_CLAIMED_SQL = { text: 'DELETE FROM SM_REPORT_WAIT WHERE WAIT_ID = :1', key: [KEY_COLUMN] };

/** Compares numbers that are written as texts. */
const byNumber = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : 1);

const claimOnOracle: ClaimWaiting = async ({ oracle }, selection, now) => {
  const { rows } =
    'limit' in selection
      ? await oracle.execute<OracleRow>(CLAIM_DUE_SQL_ON_ORACLE, [new Date(now)], { maxRows: selection.limit })
      : await oracle.execute<OracleRow>(
          claimSqlOnOracle(inList('WAIT_ID', paddedLength(selection.ids.length))),
          padded(selection.ids),
          { maxRows: selection.ids.length },
        );
  const claimed = await deleteClaimed(oracle, DELETE_CLAIMED_SQL, rows, ({ id }) => [id]);
  return claimed
    .map(({ submit_time, done_time, first_seen_at, tries, told, ...row }) =>
      toReport({
        ...row,
        tries: Number(tries),
        told: Number(told),
        submit_ms: submit_time === null ? null : submit_time.getTime(),
        done_ms: done_time === null ? null : done_time.getTime(),
        first_seen_ms: first_seen_at.getTime(),
      }),
    )
    .sort((a, b) => (a.waited?.firstSeenMs ?? 0) - (b.waited?.firstSeenMs ?? 0) || byNumber(a.id, b.id));
};

const toTime = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

const INSERT_BINDS = [
  textColumn(36),
  textColumn(40),
  ID_COLUMN,
  ID_COLUMN,
  textColumn(WIDTHS.address),
  CODE_COLUMN,
  CODE_COLUMN,
  TIME_COLUMN,
  TIME_COLUMN,
  TIME_COLUMN,
  TIME_COLUMN,
  NUMBER_COLUMN,
  NUMBER_COLUMN,
];

const insertOnOracle: InsertWaiting = async ({ oracle }, reports) => {
  await oracle.executeMany(
    `INSERT INTO SM_REPORT_WAIT (EVENT_ID, SOURCE_SEQ, GATEWAY_MSG_ID, MSG_ID, DEST_ADDR, STAT, ERR_CODE, SUBMIT_TIME, DONE_TIME, FIRST_SEEN_AT, NEXT_TRY_AT,
  TRIES, TOLD) VALUES (:1, :2, :3, :4, :5, :6, :7, :8, :9, :10, :11, :12, :13)`,
    reports.map((report) => [
      report.eventId,
      report.sourceSeq,
      report.gatewayMsgId,
      report.msgId,
      report.destAddr,
      report.stat,
      report.errCode,
      toTime(report.submitMs),
      toTime(report.doneMs),
      new Date(report.firstSeenMs),
      new Date(report.nextTryMs),
      report.tries,
      report.told ? 1 : 0,
    ]),
    INSERT_BINDS,
  );
};

const WAITING_REPORTS: PerEngine<{ readonly claim: ClaimWaiting; readonly insert: InsertWaiting }> = {
  pg: { claim: claimOnPostgres, insert: insertOnPostgres },
  oracledb: { claim: claimOnOracle, insert: insertOnOracle },
};

/** Creates the claim and the insert of reports that wait for their message. */
export const createWaitingReports = (
  engine: Engine,
): { readonly claim: ClaimWaiting; readonly insert: InsertWaiting } => forEngine(engine, WAITING_REPORTS);
