import type { Consumer, Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import type { ConsumerLife } from './consumer-life';
import { toKafkaError } from './kafka-errors';
import { type OnEnds, withRawBatches } from './patches/raw-batches';
import type { ReadingPositions } from './reading-positions';
import { rememberMember } from './remember-member';
import { isTransient, NO_RESTART_BY_KAFKAJS } from './restart-consumer';
import type { MemberStore } from './stale-members';

export type BatchSourceOptions = {
  readonly groupId: string;
  readonly topic: string;
  readonly sessionTimeoutMs: number;
  readonly logger: Logger;
  readonly instanceId: string;
  /** lets a killed process rejoin at once instead of after its session timeout */
  readonly members?: MemberStore;
  /** most bytes of a decompressed batch; a larger one is handed out as unreadable */
  readonly inflatedMaxBytes?: number | undefined;
};

export const HEARTBEAT_MS = 500;
const FETCH_WAIT_MS = 500;
const METADATA_MS = 30_000;
/**
 * Most bytes to fetch per partition. Large responses outlive the young generation and cost the
 * garbage collector a third of the relay's time (measured). A larger record is still fetched,
 * alone.
 */
const FETCH_BYTES = 65_536;
/** Creates kafkajs' consumer with our settings, without connecting it. */
export const createGroupConsumer = (kafka: Kafka, options: BatchSourceOptions, onEnds: OnEnds): Consumer =>
  withRawBatches(kafka, onEnds).consumer({
    groupId: options.groupId,
    sessionTimeout: options.sessionTimeoutMs,
    heartbeatInterval: HEARTBEAT_MS,
    rebalanceTimeout: 60_000,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    maxBytesPerPartition: FETCH_BYTES,
    // added partitions, and those unknown just after the topic was created, are found within this
    // time
    metadataMaxAge: METADATA_MS,
    allowAutoTopicCreation: false,
    retry: NO_RESTART_BY_KAFKAJS,
  });

/** kafkajs' events as those of the consumer's life. */
export const listenTo = (
  consumer: Consumer,
  { dispatch }: ConsumerLife,
  positions: ReadingPositions,
  { groupId, instanceId, members, logger }: BatchSourceOptions,
): void => {
  const { GROUP_JOIN, CRASH, HEARTBEAT, FETCH, END_BATCH_PROCESS, REBALANCING } = consumer.events;
  const remember = members && rememberMember({ groupId, instanceId, members, logger });
  consumer.on(GROUP_JOIN, ({ payload }) => {
    const partitions = Object.entries(payload.memberAssignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    );
    dispatch({ type: 'joined', partitions });
    remember?.(payload.memberId);
  });
  consumer.on(REBALANCING, () => dispatch({ type: 'rebalancing' }));
  for (const event of [HEARTBEAT, FETCH] as const) consumer.on(event, () => dispatch({ type: 'alive' }));
  // kafkajs skips control batches without calling eachBatch
  consumer.on(END_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize === 0) positions.set(payload, Number(payload.lastOffset) + 1);
  });
  consumer.on(CRASH, ({ payload: { error } }) =>
    dispatch({ type: 'crashed', error, problem: toKafkaError(error).message, transient: isTransient(error) }),
  );
};
