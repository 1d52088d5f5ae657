import type { Batch, Kafka } from 'kafkajs';

export type PartitionMessages = {
  readonly partition: number;
  readonly firstSequence: number;
  readonly messages: readonly object[];
};

/**
 * The used part of kafkajs' broker. Each call throws kafkajs' error for the first error in the
 * answer.
 */
export type ClusterBroker = {
  readonly connectionPool: { readonly clientId: string; readonly host: string; readonly port: number };
  readonly disconnect: () => Promise<void>;
  readonly leaveGroup: (member: { groupId: string; memberId: string }) => Promise<unknown>;
  readonly describeGroups: (of: { groupIds: readonly string[] }) => Promise<{
    readonly groups: readonly {
      readonly members: readonly { readonly memberId: string; readonly clientId: string }[];
    }[];
  }>;
  /** Throws also what the answer says of one of the topics. */
  readonly metadata: (topics: readonly string[]) => Promise<unknown>;
  readonly findGroupCoordinator: (of: { groupId: string; coordinatorType: number }) => Promise<unknown>;
  readonly initProducerId: (of: object) => Promise<{ readonly producerId: string; readonly producerEpoch: number }>;
  readonly produce: (request: {
    readonly acks: -1;
    readonly producerId: string;
    readonly producerEpoch: number;
    readonly topicData: readonly { readonly topic: string; readonly partitions: readonly PartitionMessages[] }[];
  }) => Promise<unknown>;
};

export type Cluster = {
  readonly brokerPool: {
    /** Returns a connected broker if there is one, else the seed broker. */
    readonly findConnectedBroker: () => Promise<ClusterBroker>;
    /** Makes the next of the configured brokers the seed broker. */
    readonly createSeedBroker: () => Promise<void>;
  };
  readonly connect: () => Promise<void>;
  readonly disconnect: () => Promise<void>;
  readonly addMultipleTargetTopics: (topics: readonly string[]) => Promise<void>;
  readonly refreshMetadata: () => Promise<void>;
  readonly refreshMetadataIfNecessary: () => Promise<void>;
  readonly removeBroker: (at: { host: string; port: number }) => void;
  readonly findBroker: (at: { nodeId: number }) => Promise<ClusterBroker>;
  readonly findGroupCoordinator: (group: { groupId: string }) => Promise<ClusterBroker>;
  readonly findTopicPartitionMetadata: (
    topic: string,
  ) => readonly { readonly partitionId: number; readonly leader: number }[];
};

type Retry = { readonly initialRetryTime: number; readonly maxRetryTime: number };

/** kafkajs keeps its private fields under symbols; a derived client inherits them. */
const symbolOf = (kafka: Kafka, word: string): symbol => {
  for (let at: object | null = kafka; at !== null; at = Object.getPrototypeOf(at)) {
    const symbol = Object.getOwnPropertySymbols(at).find(({ description }) => description?.includes(word));
    if (symbol !== undefined) return symbol;
  }
  throw new Error(`this kafkajs has no ${word}`);
};

const readPrivateSymbol = (kafka: Kafka, word: string): unknown =>
  (kafka as unknown as Record<symbol, unknown>)[symbolOf(kafka, word)];

/** Returns a client whose consumers and admins get their clusters from `change`. */
export const withClusters = <T>(
  kafka: Kafka,
  change: (create: (options: object) => T) => (options: object) => T,
): Kafka => {
  const create = readPrivateSymbol(kafka, 'createCluster') as (options: object) => T;
  return Object.create(kafka, { [symbolOf(kafka, 'createCluster')]: { value: change(create) } }) as Kafka;
};

type ConnectionPool = { readonly pool: readonly { readonly requestQueue: { requestTimeout: number } }[] };
type Internals = { readonly connectionPoolBuilder: { build: (at?: object) => Promise<ConnectionPool> } };

/**
 * Creates kafkajs' internal cluster object, for what its public API cannot do or does wrong.
 * @param answerMs longest wait for an answer, if less than the client's
 */
export const createCluster = (kafka: Kafka, answerMs = Number.POSITIVE_INFINITY): Cluster => {
  const cluster = (readPrivateSymbol(kafka, 'createCluster') as (options: object) => Cluster & Internals)({
    allowAutoTopicCreation: false,
    metadataMaxAge: 300_000,
  });
  const { connectionPoolBuilder } = cluster;
  const { build } = connectionPoolBuilder;
  connectionPoolBuilder.build = async (at) => {
    const connections = await build(at);
    for (const { requestQueue } of connections.pool)
      requestQueue.requestTimeout = Math.min(requestQueue.requestTimeout, answerMs);
    return connections;
  };
  return cluster;
};

/** Returns the client's pauses between attempts. */
export const retryTimes = (kafka: Kafka): Retry => ({
  initialRetryTime: 300,
  maxRetryTime: 30_000,
  ...(readPrivateSymbol(kafka, 'clusterRetry') as Partial<Retry> | undefined),
});

/** The offset that the broker was asked for; the batch may begin with an earlier one. */
export const fetchedOffsetOf = (batch: Batch): number =>
  Number((batch as unknown as { readonly fetchedOffset: string }).fetchedOffset);
