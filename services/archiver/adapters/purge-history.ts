import type { Query } from '../../shared/database/open-database';
import type { ArchivePlan } from '../core/plan-archive';
import type { SliceResult } from '../core/run-counts';

const dueIn = (table: string, key: string): string => `
WITH due AS (
  SELECT ${key}, archived_at FROM ${table}
   WHERE archived_at < to_timestamp($3::float8 / 1000) AND archived_at >= to_timestamp($2::float8 / 1000)
   ORDER BY archived_at LIMIT $1 FOR UPDATE SKIP LOCKED),
gone AS (DELETE FROM ${table} WHERE ${key} = ANY(ARRAY(SELECT ${key} FROM due)) RETURNING 1)`;

const RESULT = `
SELECT (SELECT count(*) FROM gone)::int AS taken, (SELECT (extract(epoch FROM max(archived_at)) * 1000)::float8 FROM due) AS up_to`;

/** The parts of a message go with its last row. */
const PURGE_SENT = `${dueIn('sm_send_t_log', 'message_id')},
parts AS (DELETE FROM sm_send_part WHERE message_id = ANY(ARRAY(SELECT message_id FROM due)))${RESULT}`;

const PURGE_RECEIVED = `${dueIn('sm_receive_t_log', 'received_id')}${RESULT}`;

type Row = { readonly taken: number; readonly up_to: number | null };

/** Deletes one slice of sent messages, and their parts, whose retention has ended. */
export const purgeSent = async (query: Query, plan: ArchivePlan, from: number): Promise<SliceResult> => {
  const { rows } = await query<Row>(PURGE_SENT, [plan.sliceRows, from, plan.sendArchivedBefore]);
  const { taken, up_to } = rows[0]!;
  return { taken, counts: { purgedSend: taken }, upTo: up_to ?? from };
};

/** Deletes one slice of inbound messages whose retention has ended. */
export const purgeReceived = async (query: Query, plan: ArchivePlan, from: number): Promise<SliceResult> => {
  const { rows } = await query<Row>(PURGE_RECEIVED, [plan.sliceRows, from, plan.receiveArchivedBefore]);
  const { taken, up_to } = rows[0]!;
  return { taken, counts: { purgedReceive: taken }, upTo: up_to ?? from };
};
