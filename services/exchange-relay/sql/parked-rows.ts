import { type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import type { KafkaRecord } from '../../../shared/kafka/ports';
import type { ParkCause } from '../batch-ports';
import type { ParkedEntry } from '../core/parked-record';
import type { ReadRecord } from '../core/plan-batch';
import { fromKeptText, toKeptText } from './kept-record';

/**
 * The statements on SM_RELAY_PARKED: records that the offset rows have passed and that are not
 * handed over yet. They belong to the group, not to the instance that parked them.
 */
export type ParkedRows = {
  readonly park: (
    tx: Tx,
    groupId: string,
    records: readonly ReadRecord[],
    cause: ParkCause,
    now: number,
  ) => Promise<void>;
  /** Returns up to `limit` entries, in the order in which they were parked. */
  readonly list: (tx: Tx, groupId: string, limit: number) => Promise<readonly ParkedEntry[]>;
  /**
   * Locks one record and returns it; undefined if another instance has it or has handed it over.
   */
  readonly claim: (tx: Tx, id: string) => Promise<KafkaRecord | undefined>;
  readonly remove: (tx: Tx, id: string) => Promise<void>;
  /** Sets the time of the next try after a failed one. */
  readonly postpone: (tx: Tx, id: string, cause: ParkCause, nextTryMs: number) => Promise<void>;
};

const PROBLEM_MAX = 400;
const FAULT_MAX = 200;

/** Cuts a text to its column, in characters. */
const cut = (text: string, limit: number): string => [...text].slice(0, limit).join('');

type Place = { readonly topic: string; readonly partition_no: number | string; readonly record_offset: string };
type KeptRow = Place & { readonly record_data: string };
type ListRow = {
  readonly parked_id: string;
  readonly app_id: string | null;
  readonly message_id: string | null;
  readonly fault: string | null;
  readonly tries: number | string;
};

const toRow = ({ record, message }: ReadRecord, groupId: string, cause: ParkCause) => ({
  place: [groupId, record.topic, record.partition, record.offset] as const,
  identity: message.ok
    ? ([cut(message.value.appId, 32), cut(message.value.messageId, 64)] as const)
    : ([null, null] as const),
  why: [cut(cause.fault, FAULT_MAX), cut(cause.message, PROBLEM_MAX)] as const,
  kept: toKeptText(record),
});

const toRecord = (row: KeptRow): KafkaRecord =>
  fromKeptText(
    { topic: row.topic, partition: Number(row.partition_no), offset: Number(row.record_offset) },
    row.record_data,
  );

const toEntry = (row: ListRow, parkedMs: number, nextTryMs: number): ParkedEntry => ({
  id: String(row.parked_id),
  appId: row.app_id ?? '',
  messageId: row.message_id ?? '',
  fault: row.fault ?? '',
  tries: Number(row.tries),
  parkedMs,
  nextTryMs,
});

const ON_POSTGRES: ParkedRows = {
  park: async ({ query }, groupId, records, cause, now) => {
    for (const { place, identity, why, kept } of records.map((record) => toRow(record, groupId, cause)))
      await query(
        `INSERT INTO sm_relay_parked (group_id, topic, partition_no, record_offset, app_id, message_id, fault, problem, tries, parked_at, next_try_at, record_data)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, to_timestamp($9::float8 / 1000), to_timestamp($9::float8 / 1000), $10)
         ON CONFLICT (group_id, topic, partition_no, record_offset, message_id) DO NOTHING`,
        [...place, ...identity, ...why, now, kept],
      );
  },
  list: async ({ query }, groupId, limit) => {
    const { rows } = await query<ListRow & { readonly parked_ms: number; readonly next_ms: number }>(
      `SELECT parked_id, app_id, message_id, fault, tries, (extract(epoch FROM parked_at) * 1000)::float8 AS parked_ms,
              (extract(epoch FROM next_try_at) * 1000)::float8 AS next_ms
         FROM sm_relay_parked WHERE group_id = $1 ORDER BY parked_id LIMIT $2`,
      [groupId, limit],
      'relay-list-parked',
    );
    return rows.map((row) => toEntry(row, row.parked_ms, row.next_ms));
  },
  claim: async ({ query }, id) => {
    const { rows } = await query<KeptRow>(
      'SELECT topic, partition_no, record_offset, record_data FROM sm_relay_parked WHERE parked_id = $1 FOR UPDATE SKIP LOCKED',
      [id],
    );
    return rows[0] && toRecord(rows[0]);
  },
  remove: async ({ query }, id) => {
    await query('DELETE FROM sm_relay_parked WHERE parked_id = $1', [id]);
  },
  postpone: async ({ query }, id, cause, nextTryMs) => {
    await query(
      `UPDATE sm_relay_parked SET tries = tries + 1, next_try_at = to_timestamp($2::float8 / 1000), fault = $3, problem = $4 WHERE parked_id = $1`,
      [id, nextTryMs, cut(cause.fault, FAULT_MAX), cut(cause.message, PROBLEM_MAX)],
    );
  },
};

/** RECORD_DATA is last: no other bind may follow a text of more than 4000 bytes (ORA-24816). */
const PARK = `INSERT INTO SM_RELAY_PARKED (GROUP_ID, TOPIC, PARTITION_NO, RECORD_OFFSET, APP_ID, MESSAGE_ID, FAULT, PROBLEM, TRIES, PARKED_AT, NEXT_TRY_AT, RECORD_DATA)
VALUES (:1, :2, :3, :4, :5, :6, :7, :8, 0, :9, :10, :11)`;

/**
 * Finds a record that is parked already: after an offset row was moved back, it is read again. The
 * caller holds the lock on the offset row, so no other instance parks it at the same time.
 */
const IS_PARKED = `SELECT PARKED_ID FROM SM_RELAY_PARKED WHERE GROUP_ID = :1 AND TOPIC = :2 AND PARTITION_NO = :3 AND RECORD_OFFSET = :4 AND MESSAGE_ID = :5`;

const LIST = `SELECT PARKED_ID, APP_ID, MESSAGE_ID, FAULT, TRIES, PARKED_AT, NEXT_TRY_AT FROM SM_RELAY_PARKED
 WHERE GROUP_ID = :1 ORDER BY PARKED_ID`;

const CLAIM = `SELECT TOPIC, PARTITION_NO, RECORD_OFFSET, RECORD_DATA FROM SM_RELAY_PARKED WHERE PARKED_ID = :1 FOR UPDATE SKIP LOCKED`;

const POSTPONE = `UPDATE SM_RELAY_PARKED SET TRIES = TRIES + 1, NEXT_TRY_AT = :1, FAULT = :2, PROBLEM = :3 WHERE PARKED_ID = :4`;

const ON_ORACLE: ParkedRows = {
  park: async ({ oracle }, groupId, records, cause, now) => {
    const time = new Date(now);
    for (const { place, identity, why, kept } of records.map((record) => toRow(record, groupId, cause)))
      if ((await oracle.execute(IS_PARKED, [...place, identity[1]])).rows.length === 0)
        await oracle.execute(PARK, [...place, ...identity, ...why, time, time, kept]);
  },
  list: async ({ oracle }, groupId, limit) => {
    const { rows } = await oracle.execute<ListRow & { readonly parked_at: Date; readonly next_try_at: Date }>(
      LIST,
      [groupId],
      { maxRows: limit },
    );
    return rows.map((row) => toEntry(row, row.parked_at.getTime(), row.next_try_at.getTime()));
  },
  claim: async ({ oracle }, id) => {
    const { rows } = await oracle.execute<KeptRow>(CLAIM, [id]);
    return rows[0] && toRecord(rows[0]);
  },
  remove: async ({ oracle }, id) => {
    await oracle.execute('DELETE FROM SM_RELAY_PARKED WHERE PARKED_ID = :1', [id]);
  },
  postpone: async ({ oracle }, id, cause, nextTryMs) => {
    await oracle.execute(POSTPONE, [
      new Date(nextTryMs),
      cut(cause.fault, FAULT_MAX) || null,
      cut(cause.message, PROBLEM_MAX),
      id,
    ]);
  },
};

const PARKED_ROWS: PerEngine<ParkedRows> = { pg: ON_POSTGRES, oracledb: ON_ORACLE };

export const createParkedRows = (engine: Engine): ParkedRows => forEngine(engine, PARKED_ROWS);
