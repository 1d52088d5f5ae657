import type { Consumer, Kafka } from 'kafkajs';
import { messageOf } from '../../errors';
import type { BatchHandlers, BatchSource, TopicPartition } from '../ports';
import { INFLATED_MAX_BYTES } from './compression-codecs';
import { type ConsumerLife, createConsumerLife } from './consumer-life';
import { isStarting, problemOf } from './consumer-state';
import { type BatchSourceOptions, createGroupConsumer, listenTo } from './group-consumer';
import { groupPartitions } from './group-partitions';
import { createEachBatch } from './hand-out-batches';
import { toKafkaError, toTopicError } from './kafka-errors';
import { fetchLogRange } from './log-range';
import { checkStarts, createPositions, type ReadingPositions } from './reading-positions';
import { createConsumerRestarter, ignoreWhenStopped } from './restart-consumer';
import { removeStaleMembers } from './stale-members';

/** the watchdog's interval */
const WATCH_MS = 1_000;

const seekAt = (consumer: Consumer, { topic, partition }: TopicPartition, offset: number): void =>
  ignoreWhenStopped(() => consumer.seek({ topic, partition, offset: String(offset) }));

/** What the caller steers and asks. */
const createSource = (
  kafka: Kafka,
  consumer: Consumer,
  { state, dispatch }: ConsumerLife,
  positions: ReadingPositions,
  { groupId, topic, logger }: BatchSourceOptions,
  onClose: () => void,
): BatchSource => ({
  pause: (partitions) => dispatch({ type: 'pause', partitions }),
  resume: (partitions) => dispatch({ type: 'resume', partitions }),
  seek: (topicPartition, offset) => {
    positions.set(topicPartition, offset);
    seekAt(consumer, topicPartition, offset);
  },
  commit: async (offsets) => {
    try {
      await consumer.commitOffsets(
        offsets.map(({ topic: topicName, partition, offset }) => ({
          topic: topicName,
          partition,
          offset: String(offset),
        })),
      );
    } catch (error) {
      logger.debug({ groupId, err: messageOf(error) }, 'offsets were not committed to Kafka');
    }
  },
  logRange: (topicName) => fetchLogRange(kafka, topicName),
  assigned: () => state().partitions,
  progress: () => positions.progress(state().partitions),
  problem: () => problemOf(state(), topic, Date.now()),
  close: async () => {
    if (state().name === 'closing') return;
    dispatch({ type: 'close' });
    onClose();
    await consumer.disconnect();
  },
});

/**
 * Joins the group and hands out batches until closed. The handler of a batch returns at once, so
 * fetching continues while other batches are processed. After a rebalance nothing is handed out
 * before `onAssigned` has returned the start offsets.
 * @throws BridgeError KAFKA_UNAVAILABLE when no broker answers
 */
export const openBatchSource = async (
  kafka: Kafka,
  options: BatchSourceOptions,
  { onAssigned, onBatch, onFatal }: BatchHandlers,
): Promise<BatchSource> => {
  const { groupId, topic, logger, instanceId, members, inflatedMaxBytes = INFLATED_MAX_BYTES } = options;
  const positions = createPositions();
  const consumer = createGroupConsumer(kafka, options, positions.noteEnds);

  const start = async (generation: number, partitions: readonly TopicPartition[]): Promise<void> => {
    positions.clear();
    logger.info({ groupId, partitions: partitions.map(({ partition }) => partition) }, 'joined the group');
    try {
      const wanted = await onAssigned(partitions, source);
      if (!isStarting(life.state(), generation)) return;
      const starts = await checkStarts(partitions, wanted, () => fetchLogRange(kafka, topic));
      if (!isStarting(life.state(), generation)) return;
      for (const { topicPartition, offset } of starts) source.seek(topicPartition, offset);
      life.dispatch({ type: 'started', generation });
    } catch (error) {
      life.dispatch({ type: 'start failed', generation, error: toKafkaError(error) });
    }
  };
  const life = createConsumerLife((effect) => {
    if (effect.type === 'start') void start(effect.generation, effect.partitions);
    else if (effect.type === 'restart') void restart(effect.cause);
    else if (effect.type === 'stop') onFatal(effect.error);
    else ignoreWhenStopped(() => consumer[effect.type](groupPartitions(effect.partitions)));
  });
  const silenceMs = 3 * options.sessionTimeoutMs;
  const watchdog = setInterval(() => life.dispatch({ type: 'watched', silenceMs }), WATCH_MS);
  const source = createSource(kafka, consumer, life, positions, options, () => clearInterval(watchdog));
  const eachBatch = createEachBatch({
    life,
    positions,
    inflatedMaxBytes,
    seek: (topicPartition, offset) => seekAt(consumer, topicPartition, offset),
    onBatch: (batch) => onBatch(batch, source),
  });
  const run = { autoCommit: false, eachBatchAutoResolve: false, eachBatch };
  const leave = () => removeStaleMembers(kafka, { groupId, instanceId, members, logger });
  const restart = createConsumerRestarter({ consumer, run, logger, life, leave });
  listenTo(consumer, life, positions, options);

  try {
    await Promise.all([consumer.connect(), members === undefined ? undefined : leave()]);
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run(run);
  } catch (error) {
    await source.close().catch(() => undefined);
    throw toTopicError(error, topic);
  }
  return source;
};
