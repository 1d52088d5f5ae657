import type { SmsReceived } from '../../../shared/avro/records';
import type { PerEngine, Tx } from '../../../shared/database/database';
import { ID_COLUMN, TIME_COLUMN } from '../../../shared/database/oracle/oracle-columns';
import { changedRows } from '../../../shared/database/oracle/row-counts';
import type { ArchivePlan } from '../core/plan-archive';

/** Messages to be published, and the number of rows that were claimed for them. */
export type OfferedSlice = {
  readonly received: readonly SmsReceived[];
  readonly claimed: number;
  readonly upTo: number;
};

/**
 * Takes one slice of received messages that are not acknowledged and may be offered again, and
 * counts the attempt. Returns them as they must be published (same receivedId) before the caller
 * commits.
 */
export type OfferAgain = (tx: Tx, plan: ArchivePlan, from: number) => Promise<OfferedSlice>;

const STATEMENT = `
WITH due AS (
  SELECT received_id, offered_at FROM sm_receive_t
   WHERE processed_at IS NULL AND offered_at < to_timestamp($4::float8 / 1000) AND offered_at >= to_timestamp($3::float8 / 1000)
     AND attempt < $5::int
   ORDER BY offered_at LIMIT $2 FOR UPDATE SKIP LOCKED)
UPDATE sm_receive_t t SET attempt = attempt + 1, offered_at = to_timestamp($1::float8 / 1000)
 WHERE received_id = ANY(ARRAY(SELECT received_id FROM due))
RETURNING received_id, src_addr, dest_addr, ext_code, app_id, content, attempt,
          (extract(epoch FROM received_at) * 1000)::float8 AS received_ms, (extract(epoch FROM recorded_at) * 1000)::float8 AS recorded_ms,
          (SELECT (extract(epoch FROM max(offered_at)) * 1000)::float8 FROM due) AS up_to`;

type Row = {
  readonly received_id: string;
  readonly src_addr: string;
  readonly dest_addr: string | null;
  readonly ext_code: string | null;
  readonly app_id: string | null;
  readonly content: string | null;
};

type Numbers = { readonly receivedAt: number; readonly recordedAt: number; readonly attempt: number };

const toReceived = (row: Row, numbers: Numbers): SmsReceived => ({
  receivedId: row.received_id,
  from: row.src_addr,
  to: row.dest_addr ?? '',
  extCode: row.ext_code,
  appId: row.app_id,
  // Oracle stores an empty text as NULL.
  content: row.content ?? '',
  ...numbers,
});

/** Keeps the order of each sender's messages. */
const inOrder = (received: readonly SmsReceived[]): readonly SmsReceived[] =>
  [...received].sort((a, b) => a.receivedAt - b.receivedAt);

const offerOnPostgres: OfferAgain = async ({ query }, plan, from) => {
  const { rows } = await query<
    Row & {
      readonly attempt: number;
      readonly received_ms: number;
      readonly recorded_ms: number;
      readonly up_to: number;
    }
  >(STATEMENT, [plan.now, plan.sliceRows, from, plan.offeredBefore, plan.receivedMaxAttempts]);
  const received = rows.map((row) =>
    toReceived(row, { receivedAt: row.received_ms, recordedAt: row.recorded_ms, attempt: row.attempt }),
  );
  return { received: inOrder(received), claimed: rows.length, upTo: rows[0]?.up_to ?? from };
};

/** The expression of the index SM_RECEIVE_T_OPEN. */
export const OFFERED_IF_OPEN = 'CASE WHEN PROCESSED_AT IS NULL THEN OFFERED_AT END';

const CLAIM = `SELECT /*+ INDEX(t SM_RECEIVE_T_OPEN) */ RECEIVED_ID, SRC_ADDR, DEST_ADDR, EXT_CODE, APP_ID, CONTENT, ATTEMPT, RECEIVED_AT, RECORDED_AT,
 OFFERED_AT FROM SM_RECEIVE_T t WHERE ${OFFERED_IF_OPEN} >= :1 AND ${OFFERED_IF_OPEN} < :2 AND ATTEMPT < :3 ORDER BY ${OFFERED_IF_OPEN} FOR UPDATE SKIP LOCKED`;

const COUNT_ATTEMPT =
  'UPDATE SM_RECEIVE_T SET ATTEMPT = ATTEMPT + 1, OFFERED_AT = :1 WHERE RECEIVED_ID = :2 AND PROCESSED_AT IS NULL';

/**
 * The update repeats the condition: an acknowledgement may have come after the claim began and
 * before the row was locked.
 */
const offerOnOracle: OfferAgain = async ({ oracle }, plan, from) => {
  const { rows } = await oracle.execute<
    Row & {
      readonly attempt: number;
      readonly received_at: Date;
      readonly recorded_at: Date;
      readonly offered_at: Date;
    }
  >(CLAIM, [new Date(from), new Date(plan.offeredBefore), plan.receivedMaxAttempts], { maxRows: plan.sliceRows });
  const now = new Date(plan.now);
  const counts = await oracle.executeMany(
    COUNT_ATTEMPT,
    rows.map((row) => [now, row.received_id]),
    [TIME_COLUMN, ID_COLUMN],
  );
  const received = changedRows(rows, counts).map((row) =>
    toReceived(row, {
      receivedAt: row.received_at.getTime(),
      recordedAt: row.recorded_at.getTime(),
      attempt: row.attempt + 1,
    }),
  );
  return { received: inOrder(received), claimed: rows.length, upTo: rows.at(-1)?.offered_at.getTime() ?? from };
};

export const OFFER_AGAIN: PerEngine<OfferAgain> = { pg: offerOnPostgres, oracledb: offerOnOracle };
