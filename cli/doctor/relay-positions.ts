import type { Database } from '../../services/shared/database/open-database';

/** Where the database says that the relay is; only looks, where the relay's own loading would create rows. @throws BridgeError DB_… */
export const loadRelayPositions = async (
  db: Database,
  groupId: string,
  topic: string,
): Promise<ReadonlyMap<number, number>> => {
  const { rows } = await db.query<{ partition_no: number; next_offset: string }>(
    'SELECT partition_no, next_offset FROM relay_offset WHERE group_id = $1 AND topic = $2',
    [groupId, topic],
  );
  return new Map(rows.map(({ partition_no, next_offset }) => [partition_no, Number(next_offset)]));
};
