import type { KafkaRecord } from '../../shared/kafka/ports';
import type { KafkaConnection } from '../connect/open-kafka';
import { type Positions, readTopic } from '../connect/read-topic';

export type LastRequest = {
  readonly topic: string;
  readonly positions: Positions;
  readonly count: number;
  readonly signal: AbortSignal;
};

/**
 * Reads the newest records of a topic before the given positions, over all partitions. Returns
 * `count` of them or fewer, the oldest first.
 * @throws BridgeError KAFKA_…
 */
export const readLast = async (connection: KafkaConnection, request: LastRequest): Promise<readonly KafkaRecord[]> => {
  const { topic, positions, count, signal } = request;
  const entries = [...positions];
  const found: KafkaRecord[] = [];
  await readTopic(connection, {
    topic,
    from: new Map(entries.map(([partition, { high }]) => [partition, Math.max(0, high - count)])),
    until: new Map(entries.map(([partition, { high }]) => [partition, high])),
    signal,
    onRecords: async (records) => {
      found.push(...records);
      return undefined;
    },
  });
  return found.sort((one, other) => one.timestamp - other.timestamp).slice(-count);
};
