import type { Database } from '../../../shared/database/database';
import type { BatchSource, TopicPartition } from '../../../shared/kafka/ports';
import { createRelayOffsets } from './relay-offsets';

/**
 * Where reading starts, from the database. A partition that the group never read starts at the beginning of its log.
 * @throws BridgeError DB_… retryable while the database is away
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
  const next = await createRelayOffsets(db).load(db, groupId, topic, beginnings);
  return new Map(partitions.map((at) => [at, next.get(at.partition) ?? 0]));
};
