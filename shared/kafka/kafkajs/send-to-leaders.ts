import type { TopicPartition } from '../ports';
import { groupByLeader, groupByTopic, type PartitionBatch } from './partition-batches';
import type { Cluster } from './private-api';

/** The used fields of kafkajs' errors. */
export type KafkaFailure = {
  readonly name?: string;
  readonly retriable?: boolean;
  readonly host?: string;
  readonly port?: number;
};

type ProducerIdentity = { readonly producerId: string; readonly producerEpoch: number };

/**
 * Makes one attempt to send batches: one request to each leader, all of them awaited. Never throws.
 * Returns in `left` all batches of each leader whose answer has an error for any partition.
 */
export const createSendToLeaders = (cluster: Cluster, identity: ProducerIdentity, isClosed: () => boolean) => {
  const leaderOf = ({ topic, partition }: TopicPartition): number =>
    cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)?.leader ?? -1;

  const produce = async (nodeId: number, batches: readonly PartitionBatch[]): Promise<void> => {
    const broker = await cluster.findBroker({ nodeId });
    if (isClosed()) throw new Error('the producer is closed');
    try {
      await broker.produce({ acks: -1, ...identity, topicData: groupByTopic(batches) });
    } catch (error) {
      if ((error as KafkaFailure).name === 'KafkaJSRequestTimeoutError') {
        // kafkajs still counts it as connected and would ask it for the leaders
        const { host, port } = broker.connectionPool;
        cluster.removeBroker({ host, port });
        broker.disconnect().catch(() => undefined);
      }
      throw error;
    }
  };

  return async (batches: readonly PartitionBatch[]) => {
    const leaders = groupByLeader(batches, leaderOf);
    const outcomes = await Promise.allSettled(leaders.map(([nodeId, led]) => produce(nodeId, led)));
    const failures = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as KafkaFailure] : [],
    );
    return {
      left: leaders.flatMap(([, led], topicPartition) => (outcomes[topicPartition]?.status === 'rejected' ? led : [])),
      failures,
    };
  };
};
