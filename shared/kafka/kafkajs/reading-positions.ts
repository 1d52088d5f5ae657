import { BridgeError } from '../../errors';
import { partitionKey, type ReadingProgress, type TopicPartition } from '../ports';

type LogRange = ReadonlyMap<number, { readonly low: number; readonly high: number }>;

/**
 * Why reading must not start there, or undefined. An offset outside the log means that the topic
 * was deleted and created again, or that records were deleted unread: a reset by itself would send
 * old messages again, or lose some without a word.
 */
const problemOfStart = (topicPartition: TopicPartition, offset: number, range: LogRange): BridgeError | undefined => {
  const log = range.get(topicPartition.partition);
  if (log !== undefined && offset >= log.low && offset <= log.high) return undefined;
  const found = log === undefined ? 'the topic has no such partition' : `the log holds ${log.low} to ${log.high}`;
  return new BridgeError(
    'OFFSET_OUT_OF_RANGE',
    `${topicPartition.topic}/${topicPartition.partition}: reading must continue at offset ${offset}, but ${found}. The topic was recreated, or records were deleted before ` +
      'they were read. Nothing is reset automatically: see docs/runbooks/offset-out-of-range.md',
  );
};

/**
 * Where the caller wants reading to start: partitions that it leaves to the group's committed
 * offsets are not among them.
 * @throws BridgeError OFFSET_OUT_OF_RANGE when a start lies outside the log
 */
export const checkStarts = async (
  partitions: readonly TopicPartition[],
  wanted: ReadonlyMap<string, number | null>,
  loadRange: () => Promise<LogRange>,
): Promise<readonly { readonly topicPartition: TopicPartition; readonly offset: number }[]> => {
  const starts = partitions.flatMap((topicPartition) => {
    const offset = wanted.get(partitionKey(topicPartition)) ?? null;
    return offset === null ? [] : [{ topicPartition, offset }];
  });
  if (starts.length === 0) return starts;
  const range = await loadRange();
  const problem = starts
    .map(({ topicPartition, offset }) => problemOfStart(topicPartition, offset, range))
    .find(Boolean);
  if (problem) throw problem;
  return starts;
};

export type ReadingPositions = ReturnType<typeof createPositions>;

/**
 * Where each partition is expected to go on: kafkajs answers an offset that is out of range by
 * starting anew somewhere else, silently. And with several brokers it can hand out an answer that
 * another one's overtook: while a partition moves, its old and its new leader are both asked, from
 * the same offset, and the later answer is only held back as long as the earlier one is being
 * worked on. So what was fetched from elsewhere is read again once, from where it should; if that
 * ends elsewhere too, the log has no such place.
 */
export const createPositions = () => {
  const next = new Map<string, number>();
  const readAgain = new Set<string>();
  const ends = new Map<string, { readonly stableEnd: number; readonly end: number }>();
  const set = (topicPartition: TopicPartition, offset: number): void => {
    next.set(partitionKey(topicPartition), offset);
    readAgain.delete(partitionKey(topicPartition));
  };
  return {
    clear: (): void => {
      next.clear();
      readAgain.clear();
      ends.clear();
    },
    set,
    /** Notes where the log of a partition ends: for readers, who do not see open transactions, and in all. */
    noteEnds: (topicPartition: TopicPartition, stableEnd: number, end: number): void =>
      void ends.set(partitionKey(topicPartition), { stableEnd, end }),
    /** Of the partitions whose ends are known; `next` is undefined before anything was read, unless it was told where to start. */
    progress: (partitions: readonly TopicPartition[]): readonly ReadingProgress[] =>
      partitions.flatMap((topicPartition) => {
        const known = ends.get(partitionKey(topicPartition));
        return known === undefined
          ? []
          : [{ ...topicPartition, ...known, next: next.get(partitionKey(topicPartition)) }];
      }),
    /** What is to be done with a batch: nothing against it, read again from that offset, or stop with that problem. */
    judge: (topicPartition: TopicPartition, fetchedFrom: number): undefined | number | BridgeError => {
      const key = partitionKey(topicPartition);
      const expected = next.get(key);
      if (expected === undefined || expected === fetchedFrom) return undefined;
      if (!readAgain.has(key)) {
        readAgain.add(key);
        return expected;
      }
      return new BridgeError(
        'OFFSET_OUT_OF_RANGE',
        `${topicPartition.topic}/${topicPartition.partition}: reading continued at offset ${fetchedFrom} instead of ${expected}: the records between were deleted before they were ` +
          'read. Nothing is reset automatically: see docs/runbooks/offset-out-of-range.md',
      );
    },
  };
};
