import type { Database } from '../../../shared/database/database';
import type { BatchSource, TopicPartition } from '../../../shared/kafka/ports';
import { createRelayOffsets } from './relay-offsets';

/**
 * Returns the offsets where reading starts, from the offset rows. A partition that the group never
 * read starts at the beginning of its log.
 * @throws BridgeError DB_…, retryable while the database is unreachable
 */
export const loadPositions = async (
  db: Database,
  source: Pick<BatchSource, 'logRange'>,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<TopicPartition, number>> => {
  const topic = partitions[0]?.topic;
  if (topic === undefined) return new Map();
  const range = await source.logRange(topic);
  const beginnings = new Map(partitions.map(({ partition }) => [partition, range.get(partition)?.low ?? 0]));
  const next = await createRelayOffsets(db.engine).load(db, groupId, topic, beginnings);
  return new Map(partitions.map((partition) => [partition, next.get(partition.partition) ?? 0]));
};
