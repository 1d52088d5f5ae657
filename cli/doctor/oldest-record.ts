import type { KafkaConnection } from '../connect/open-kafka';
import { positionsOf, readTopic } from '../connect/read-topic';

/** Where there are only marks of transactions, the reading has no end of its own. */
const LIMIT_MS = 5_000;

/**
 * Returns the time (epoch ms) of the oldest record from these offsets on, up to the last stable
 * offset; undefined when there is none, only marks of transactions.
 * @param from offset by partition; the other partitions are not read
 */
export const findOldestRecord = async (
  connection: KafkaConnection,
  topic: string,
  from: ReadonlyMap<number, number>,
  signal: AbortSignal,
): Promise<number | undefined> => {
  const range = await positionsOf(connection.hasty, topic);
  const until = new Map([...from.keys()].map((partition) => [partition, range.get(partition)?.high ?? 0]));
  const firsts = new Map<number, number>();
  await readTopic(connection, {
    topic,
    from,
    until,
    signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
    onRecords: async ([first]) => {
      if (first !== undefined && !firsts.has(first.partition)) firsts.set(first.partition, first.timestamp);
      return firsts.size === from.size ? 'enough' : undefined;
    },
  });
  return firsts.size === 0 ? undefined : Math.min(...firsts.values());
};
