import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import { BridgeError, messageOf } from '../../errors';
import { createWakeUp } from '../../timing/wake-up';
import type { BatchHandlers, BatchSource, TopicPartition } from '../ports';
import { partitionKey } from '../ports';
import { byTopic } from './by-topic';
import { INFLATED_MAX_BYTES } from './compression-codecs';
import { leaveFormerSelf, type MemberStore } from './former-self';
import { toKafkaError } from './kafka-errors';
import { fetchLogRange } from './log-range';
import { type OnEnds, type RawMessage, withRawBatches } from './patches/raw-batches';
import { readFetched } from './read-fetched';
import { createPositions, problemOfStart } from './reading-positions';
import { rememberMember } from './remember-member';
import { createReviver, ownRestarts, whileAlive } from './revive-consumer';

export type BatchSourceOptions = {
  readonly groupId: string;
  readonly topic: string;
  readonly sessionTimeoutMs: number;
  readonly logger: Logger;
  readonly instanceId: string;
  /** with it, a process that was killed is back at once instead of after its session timeout */
  readonly members?: MemberStore;
  /** most bytes that one batch may inflate to; what would be more is handed out as unreadable */
  readonly inflatedMaxBytes?: number | undefined;
};

const HEARTBEAT_MS = 500;
const FETCH_WAIT_MS = 500;
const METADATA_MS = 30_000;
/** of each partition: small answers in a steady flow die young, large ones cost the garbage collector (a third of the relay's time, measured); a larger record still comes, alone */
const FETCH_BYTES = 65_536;
/** the watchdog looks so often whether the consumer still does anything */
const WATCH_MS = 1_000;

/**
 * Joins the group and hands out batches until closed. The handler of a batch returns at once, so fetching goes on while others work; after a
 * rebalance nothing is handed out before `onAssigned` said where to start.
 * @throws BridgeError KAFKA_UNAVAILABLE when no broker answers
 */
export const openBatchSource = async (
  kafka: Kafka,
  options: BatchSourceOptions,
  handlers: BatchHandlers,
): Promise<BatchSource> => {
  const {
    groupId,
    topic,
    logger,
    instanceId,
    members,
    sessionTimeoutMs,
    inflatedMaxBytes = INFLATED_MAX_BYTES,
  } = options;
  const positions = createPositions();
  const paused = new Set<string>();
  let assigned: readonly TopicPartition[] = [];
  let generation = 0;
  /** settles when the start positions of the present generation are known */
  let started: Promise<unknown> = Promise.resolve();
  let startedGeneration = 0;
  let lastSignOfLife = Date.now();
  const alive = (): void => {
    lastSignOfLife = Date.now();
  };
  const ends = new Map<string, { readonly stableEnd: number; readonly end: number }>();
  const noteEnds: OnEnds = (at, stableEnd, end) => void ends.set(partitionKey(at), { stableEnd, end });
  const resumed = createWakeUp();
  const restarts = ownRestarts();
  let joined = false;
  let closing = false;
  /** kafkajs has ended the consumer, and it is not in the group again */
  let gaveUp = false;
  /** what kept it from its group the last time */
  let trouble: string | undefined;

  const fatal = (error: Error): void => {
    if (!closing) handlers.onFatal(error);
  };
  const logRange = (of: string) => fetchLogRange(kafka, of);
  const consumer: Consumer = withRawBatches(kafka, noteEnds).consumer({
    groupId,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: HEARTBEAT_MS,
    rebalanceTimeout: 60_000,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    maxBytesPerPartition: FETCH_BYTES,
    // partitions that ops add, and those that were missing right after the topic was created, are found within this time
    metadataMaxAge: METADATA_MS,
    allowAutoTopicCreation: false,
    retry: restarts.retry,
  });
  const leave = () => leaveFormerSelf(kafka, { groupId, instanceId, members, logger });

  /** Asks where to start, refuses what lies outside the log, and seeks. */
  const start = async (of: number, partitions: readonly TopicPartition[]): Promise<void> => {
    const from = await handlers.onAssigned(partitions);
    if (of !== generation || closing) return;
    const wanted = partitions.flatMap((at) => {
      const offset = from.get(partitionKey(at));
      return offset === undefined || offset === null ? [] : [{ at, offset }];
    });
    const range = wanted.length === 0 ? new Map() : await logRange(topic);
    if (of !== generation || closing) return;
    const problem = wanted.map(({ at, offset }) => problemOfStart(at, offset, range)).find(Boolean);
    if (problem) return fatal(problem);
    for (const { at, offset } of wanted) {
      consumer.seek({ ...at, offset: String(offset) });
      positions.set(at, offset);
    }
    startedGeneration = of;
  };

  const onJoined = (assignment: Readonly<Record<string, number[]>>): void => {
    generation += 1;
    const of = generation;
    assigned = Object.entries(assignment).flatMap(([name, partitions]) =>
      partitions.map((partition) => ({ topic: name, partition })),
    );
    positions.clear();
    ends.clear();
    paused.clear();
    resumed.fire();
    if (assigned.length > 0) consumer.resume(byTopic(assigned));
    joined = true;
    logger.info({ groupId, partitions: assigned.map(({ partition }) => partition) }, 'joined the group');
    started = start(of, assigned).catch((error: unknown) => fatal(toKafkaError(error)));
  };

  /** True when this batch belongs to the present generation and its start is known; keeps the membership alive meanwhile. */
  const mayHandOut = async (heartbeat: () => Promise<void>): Promise<boolean> => {
    const of = generation;
    if (startedGeneration === of) return true;
    while (startedGeneration !== of && of === generation && !closing) {
      const timer = new Promise((resolve) => setTimeout(resolve, HEARTBEAT_MS).unref());
      await Promise.race([started, timer]);
      await heartbeat();
    }
    return false; // fetched from somewhere else: it is fetched again from where reading starts
  };

  const allPaused = (): boolean => assigned.length > 0 && assigned.every((at) => paused.has(partitionKey(at)));
  /**
   * Waits while everything is paused, with the batch in hand. kafkajs' own pause of everything sleeps for a whole fetch wait before it looks again:
   * measured on the relay's back-pressure, two thirds of the time were spent asleep.
   */
  const untilResumed = async (heartbeat: () => Promise<void>): Promise<void> => {
    while (allPaused() && !closing) {
      const timer = new Promise((resolve) => setTimeout(resolve, HEARTBEAT_MS).unref());
      await Promise.race([resumed.next(), timer]);
      await heartbeat();
    }
  };

  const eachBatch = async ({
    batch,
    heartbeat,
    resolveOffset,
    isStale,
    isRunning,
  }: EachBatchPayload): Promise<void> => {
    lastSignOfLife = Date.now();
    await untilResumed(heartbeat);
    if (!isRunning() || isStale() || paused.has(partitionKey(batch)) || !(await mayHandOut(heartbeat))) return;
    const from = Number((batch as unknown as { fetchedOffset: string }).fetchedOffset);
    const verdict = positions.judge(batch, from);
    if (verdict instanceof BridgeError) return fatal(verdict);
    if (verdict !== undefined) {
      const { topic: of, partition } = batch;
      return consumer.seek({ topic: of, partition, offset: String(verdict) });
    }
    const of = generation;
    const fetched = { ...batch, messages: batch.messages as unknown as readonly RawMessage[] };
    const records = await readFetched(fetched, from, Number(batch.lastOffset()), inflatedMaxBytes);
    if (of !== generation || isStale()) return;
    positions.set(batch, records.nextOffset);
    resolveOffset(String(records.nextOffset - 1));
    handlers.onBatch(records);
  };

  const { GROUP_JOIN, CRASH, HEARTBEAT, FETCH, END_BATCH_PROCESS, REBALANCING } = consumer.events;
  const remember = members === undefined ? undefined : rememberMember({ groupId, instanceId, members, logger });
  consumer.on(GROUP_JOIN, ({ payload }) => {
    lastSignOfLife = Date.now();
    gaveUp = false;
    trouble = undefined;
    onJoined(payload.memberAssignment);
    remember?.(payload.memberId);
  });
  consumer.on(REBALANCING, () => {
    joined = false;
  });
  for (const event of [HEARTBEAT, FETCH] as const) consumer.on(event, alive);
  // batches of control records only are passed over by kafkajs itself
  consumer.on(END_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize === 0) positions.set(payload, Number(payload.lastOffset) + 1);
  });
  const run = { autoCommit: false, eachBatchAutoResolve: false, eachBatch };
  const revive = createReviver({ consumer, run, logger, closing: () => closing, leave, away: alive, ended: fatal });
  consumer.on(CRASH, ({ payload }) => {
    joined = false;
    // of several in a row only the first, and those that kafkajs takes for passing: the watchdog ends what does not come back
    if (restarts.wouldPass() || !gaveUp) alive();
    trouble = toKafkaError(payload.error).message;
    gaveUp = true;
    void revive(payload.error);
  });

  try {
    await Promise.all([consumer.connect(), members === undefined ? undefined : leave()]);
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run(run);
  } catch (error) {
    closing = true;
    await consumer.disconnect().catch(() => undefined);
    throw toKafkaError(error);
  }
  const silenceMs = 3 * sessionTimeoutMs;
  const watchdog = setInterval(() => {
    if (Date.now() - lastSignOfLife <= silenceMs) return;
    const why = trouble === undefined ? '' : `: ${trouble}`;
    fatal(new BridgeError('CONSUMER_SILENT', `the consumer has done nothing for ${silenceMs} ms${why}`));
  }, WATCH_MS);

  return {
    pause: (partitions) => {
      for (const at of partitions) paused.add(partitionKey(at));
      if (partitions.length > 0 && !allPaused()) whileAlive(() => consumer.pause(byTopic(partitions)));
    },
    resume: (partitions) => {
      for (const at of partitions) paused.delete(partitionKey(at));
      if (partitions.length > 0) whileAlive(() => consumer.resume(byTopic(partitions)));
      resumed.fire();
    },
    seek: (at, offset) => {
      positions.set(at, offset);
      whileAlive(() => consumer.seek({ topic: at.topic, partition: at.partition, offset: String(offset) }));
    },
    commit: async (offsets) => {
      try {
        await consumer.commitOffsets(
          offsets.map((at) => ({ topic: at.topic, partition: at.partition, offset: String(at.offset) })),
        );
      } catch (error) {
        logger.debug({ groupId, err: messageOf(error) }, 'offsets were not committed to Kafka');
      }
    },
    logRange,
    assigned: () => assigned,
    progress: () =>
      assigned.flatMap((at) => {
        const end = ends.get(partitionKey(at));
        return end === undefined ? [] : [{ ...at, ...end, next: positions.get(at) }];
      }),
    problem: () => {
      if (joined && Date.now() - lastSignOfLife < sessionTimeoutMs) return undefined;
      return `the consumer of ${topic} has not joined its group${trouble === undefined ? '' : `: ${trouble}`}`;
    },
    close: async () => {
      if (closing) return;
      closing = true;
      resumed.fire();
      clearInterval(watchdog);
      await consumer.disconnect();
    },
  };
};
