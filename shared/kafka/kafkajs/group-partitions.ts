import type { TopicPartition } from '../ports';

/** Partitions as kafkajs wants them: one entry for each topic. */
export const groupPartitions = (partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] =>
  [...new Set(partitions.map(({ topic }) => topic))].map((topic) => ({
    topic,
    partitions: partitions.filter((topicPartition) => topicPartition.topic === topic).map(({ partition }) => partition),
  }));
