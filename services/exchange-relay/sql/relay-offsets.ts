import { type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import { NUMBER_COLUMN, textColumn } from '../../../shared/database/oracle/oracle-columns';
import { inList, padded } from '../../../shared/database/oracle/oracle-lists';
import { rejectUnlessUnique } from '../../../shared/database/oracle/row-errors';
import { toTextArray } from '../../../shared/database/postgres/sql-array';
import type { TopicPartition } from '../../../shared/kafka/ports';
import type { KnownMessage } from '../core/known-message';
import { KNOWN_COLUMNS, type KnownRow, toKnownMessages } from './known-messages';

/**
 * The statements on the offset rows, which decide how far a group is. Kafka's own committed offset
 * is a hint.
 */
export type RelayOffsets = {
  /**
   * Creates a row at `initial` for each partition that has none, and returns every partition's next
   * offset.
   */
  readonly load: (
    tx: Tx,
    groupId: string,
    topic: string,
    initial: ReadonlyMap<number, number>,
  ) => Promise<ReadonlyMap<number, number>>;
  /**
   * Locks the rows in partition order, so that two flushes never wait for each other in a circle.
   * Returns each partition's next offset. The lock fences a frozen or replaced relay: it waits here
   * until the other one has committed, and then sees that its records are replays.
   * @throws BridgeError DB_LOCKED if another session holds one of them for longer than a second, or
   *   with `atOnce` at all
   */
  readonly lock: (
    tx: Tx,
    groupId: string,
    partitions: readonly TopicPartition[],
    atOnce?: boolean,
  ) => Promise<ReadonlyMap<number, number>>;
  /**
   * Advances the rows, and returns the messages with these ids that the history holds, of all
   * applications. The look into the history is a statement after the ledger insert, so it also sees
   * a row that the archiver moved while that insert waited for it.
   */
  readonly advance: (
    tx: Tx,
    groupId: string,
    next: readonly (TopicPartition & { readonly nextOffset: number })[],
    messageIds: readonly string[],
  ) => Promise<readonly KnownMessage[]>;
};

type OffsetRow = { readonly partition_no: number; readonly next_offset: string };

const toOffsets = (rows: readonly OffsetRow[]): ReadonlyMap<number, number> =>
  new Map(rows.map((row) => [row.partition_no, Number(row.next_offset)]));

const ON_POSTGRES: RelayOffsets = {
  load: async ({ query }, groupId, topic, initial) => {
    const partitions = [...initial.keys()].sort((a, b) => a - b);
    await query(
      `INSERT INTO relay_offset (group_id, topic, partition_no, next_offset, updated_at)
       SELECT $1, $2, m.partition_no, m.next_offset, now()
         FROM unnest($3::int[], $4::bigint[]) AS m (partition_no, next_offset)
       ON CONFLICT (group_id, topic, partition_no) DO NOTHING`,
      [groupId, topic, partitions, partitions.map((partition) => initial.get(partition))],
    );
    const { rows } = await query<OffsetRow>(
      'SELECT partition_no, next_offset FROM relay_offset WHERE group_id = $1 AND topic = $2 AND partition_no = ANY($3)',
      [groupId, topic, partitions],
    );
    return toOffsets(rows);
  },
  // Waits up to the connection's lock_timeout.
  lock: async ({ query }, groupId, partitions, atOnce = false) => {
    const { rows } = await query<OffsetRow>(
      `SELECT partition_no, next_offset FROM relay_offset
        WHERE group_id = $1 AND topic = $2 AND partition_no = ANY($3)
        ORDER BY partition_no FOR UPDATE${atOnce ? ' NOWAIT' : ''}`,
      [groupId, partitions[0]?.topic, partitions.map(({ partition }) => partition)],
      atOnce ? 'relay-lock-free-offsets' : 'relay-lock-offsets',
    );
    return toOffsets(rows);
  },
  // One round trip: the UPDATE and the look into the history do not affect each other.
  advance: async ({ query }, groupId, next, messageIds) => {
    const { rows } = await query<KnownRow>(
      `WITH advanced AS (
         UPDATE relay_offset r SET next_offset = m.next_offset, updated_at = now()
           FROM unnest($3::int[], $4::bigint[]) AS m (partition_no, next_offset)
          WHERE r.group_id = $1 AND r.topic = $2 AND r.partition_no = m.partition_no)
       SELECT ${KNOWN_COLUMNS} FROM sm_send_t_log WHERE message_id = ANY($5)`,
      [
        groupId,
        next[0]?.topic,
        next.map(({ partition }) => partition),
        next.map(({ nextOffset }) => nextOffset),
        toTextArray(messageIds),
      ],
      'relay-advance-offsets',
    );
    return toKnownMessages(rows);
  },
};

const CREATE = `MERGE INTO RELAY_OFFSET T
USING (SELECT :1 AS GROUP_ID, :2 AS TOPIC, :3 AS PARTITION_NO, :4 AS NEXT_OFFSET FROM DUAL) M
ON (T.GROUP_ID = M.GROUP_ID AND T.TOPIC = M.TOPIC AND T.PARTITION_NO = M.PARTITION_NO)
WHEN NOT MATCHED THEN INSERT (GROUP_ID, TOPIC, PARTITION_NO, NEXT_OFFSET, UPDATED_AT)
  VALUES (M.GROUP_ID, M.TOPIC, M.PARTITION_NO, M.NEXT_OFFSET, SYS_EXTRACT_UTC(SYSTIMESTAMP))`;

const CREATE_COLUMNS = [textColumn(128), textColumn(249), NUMBER_COLUMN, NUMBER_COLUMN];

const ADVANCE = `UPDATE RELAY_OFFSET SET NEXT_OFFSET = :1, UPDATED_AT = SYS_EXTRACT_UTC(SYSTIMESTAMP)
 WHERE GROUP_ID = :2 AND TOPIC = :3 AND PARTITION_NO = :4`;

const ADVANCE_COLUMNS = [NUMBER_COLUMN, textColumn(128), textColumn(249), NUMBER_COLUMN];

const selectOffsets = async (
  { oracle }: Tx,
  groupId: string,
  topic: string,
  numbers: readonly number[],
  ending: string,
): Promise<ReadonlyMap<number, number>> => {
  const partitions = padded(numbers);
  const { rows } = await oracle.execute<OffsetRow>(
    `SELECT PARTITION_NO, NEXT_OFFSET FROM RELAY_OFFSET WHERE GROUP_ID = :g AND TOPIC = :t AND ${inList('PARTITION_NO', partitions.length)} ${ending}`,
    [groupId, topic, ...partitions],
  );
  return toOffsets(rows);
};

const ON_ORACLE: RelayOffsets = {
  load: async (tx, groupId, topic, initial) => {
    const partitions = [...initial.keys()].sort((a, b) => a - b);
    const rowErrors = await tx.oracle.executeEach(
      CREATE,
      partitions.map((partition) => [groupId, topic, partition, initial.get(partition) as number]),
      CREATE_COLUMNS,
    );
    // Another instance has created the row, which is as good.
    rejectUnlessUnique(rowErrors);
    return selectOffsets(tx, groupId, topic, partitions, 'ORDER BY PARTITION_NO');
  },
  lock: (tx, groupId, partitions, atOnce = false) =>
    selectOffsets(
      tx,
      groupId,
      partitions[0]?.topic ?? '',
      partitions.map(({ partition }) => partition),
      `ORDER BY PARTITION_NO FOR UPDATE ${atOnce ? 'NOWAIT' : 'WAIT 1'}`,
    ),
  advance: async ({ oracle }, groupId, next, messageIds) => {
    await oracle.executeMany(
      ADVANCE,
      next.map(({ topic, partition, nextOffset }) => [nextOffset, groupId, topic, partition]),
      ADVANCE_COLUMNS,
    );
    if (messageIds.length === 0) return [];
    const ids = padded(messageIds);
    const { rows } = await oracle.execute<KnownRow>(
      `SELECT ${KNOWN_COLUMNS} FROM SM_SEND_T_LOG WHERE ${inList('MESSAGE_ID', ids.length)}`,
      ids,
    );
    return toKnownMessages(rows);
  },
};

const OFFSETS: PerEngine<RelayOffsets> = { pg: ON_POSTGRES, oracledb: ON_ORACLE };

export const createRelayOffsets = (engine: Engine): RelayOffsets => forEngine(engine, OFFSETS);
