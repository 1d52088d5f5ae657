import type { Query } from '../../shared/database/open-database';
import { toTextArray } from '../../shared/database/sql-array';
import type { TopicPartition } from '../../shared/kafka/ports';
import type { KnownMessage } from './known-messages';

/**
 * Creates the offset row of each partition that has none, at `initial`, and returns every partition's next offset.
 * The row is the truth about how far the group is; Kafka's own committed offset is a hint.
 */
export const loadOffsets = async (
  query: Query,
  groupId: string,
  topic: string,
  initial: ReadonlyMap<number, number>,
): Promise<ReadonlyMap<number, number>> => {
  const partitions = [...initial.keys()].sort((a, b) => a - b);
  await query(
    `INSERT INTO relay_offset (group_id, topic, partition_no, next_offset, updated_at)
     SELECT $1, $2, m.partition_no, m.next_offset, now()
       FROM unnest($3::int[], $4::bigint[]) AS m (partition_no, next_offset)
     ON CONFLICT (group_id, topic, partition_no) DO NOTHING`,
    [groupId, topic, partitions, partitions.map((partition) => initial.get(partition))],
  );
  const { rows } = await query<{ partition_no: number; next_offset: string }>(
    'SELECT partition_no, next_offset FROM relay_offset WHERE group_id = $1 AND topic = $2 AND partition_no = ANY($3)',
    [groupId, topic, partitions],
  );
  return new Map(rows.map((row) => [row.partition_no, Number(row.next_offset)]));
};

/**
 * Locks the offset rows in partition order (two flushes never wait for each other in a circle) and returns each partition's next offset.
 * The lock is what fences a frozen or replaced relay: it waits here until the other committed, and then sees that its records are replays.
 */
export const lockOffsets = async (
  query: Query,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<number, number>> => {
  const { rows } = await query<{ partition_no: number; next_offset: string }>(
    `SELECT partition_no, next_offset FROM relay_offset
      WHERE group_id = $1 AND topic = $2 AND partition_no = ANY($3)
      ORDER BY partition_no FOR UPDATE`,
    [groupId, partitions[0]?.topic, partitions.map(({ partition }) => partition)],
    'relay-lock-offsets',
  );
  return new Map(rows.map((row) => [row.partition_no, Number(row.next_offset)]));
};

/**
 * Advances the offset rows, and in the same round trip asks the history which of these messages it already holds: it runs as a statement of its
 * own after the ledger insert, so it also sees a row that the archiver moved while that insert waited for it.
 */
export const advanceOffsets = async (
  query: Query,
  groupId: string,
  next: readonly (TopicPartition & { readonly nextOffset: number })[],
  messageIds: readonly string[],
): Promise<readonly KnownMessage[]> => {
  const { rows } = await query<{ message_id: string; app_id: string }>(
    `WITH advanced AS (
       UPDATE relay_offset r SET next_offset = m.next_offset, updated_at = now()
         FROM unnest($3::int[], $4::bigint[]) AS m (partition_no, next_offset)
        WHERE r.group_id = $1 AND r.topic = $2 AND r.partition_no = m.partition_no)
     SELECT message_id, app_id FROM sm_send_t_log WHERE message_id = ANY($5)`,
    [
      groupId,
      next[0]?.topic,
      next.map(({ partition }) => partition),
      next.map(({ nextOffset }) => nextOffset),
      toTextArray(messageIds),
    ],
    'relay-advance-offsets',
  );
  return rows.map((row) => ({ messageId: row.message_id, appId: row.app_id }));
};
