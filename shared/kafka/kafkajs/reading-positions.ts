import { BridgeError } from '../../errors';
import { partitionKey, type ReadingProgress, type TopicPartition } from '../ports';

type LogRange = ReadonlyMap<number, { readonly low: number; readonly high: number }>;

/**
 * Returns why reading must not start at the offset, or undefined. An offset outside the log means
 * that the topic was recreated, or that records were deleted unread. An automatic reset would send
 * old messages again or lose some silently.
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
 * Returns the requested start offsets, without the partitions that start at the group's committed
 * offset.
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
 * Tracks the offset at which each partition must continue, because kafkajs silently fetches from
 * another one in two cases. When the offset is out of range it resets it. And while a partition
 * moves it asks the old and the new leader for the same offset, and hands out both answers in turn.
 * So a batch fetched from another offset is read again once, from the expected one; if that ends
 * elsewhere too, the log no longer has that offset.
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
    /**
     * Notes a partition's last stable offset, up to which readers may read, and its log end offset.
     */
    noteEnds: (topicPartition: TopicPartition, stableEnd: number, end: number): void =>
      void ends.set(partitionKey(topicPartition), { stableEnd, end }),
    /**
     * For partitions with known ends; `next` is undefined until a start was set or a batch was
     * read.
     */
    progress: (partitions: readonly TopicPartition[]): readonly ReadingProgress[] =>
      partitions.flatMap((topicPartition) => {
        const known = ends.get(partitionKey(topicPartition));
        return known === undefined
          ? []
          : [{ ...topicPartition, ...known, next: next.get(partitionKey(topicPartition)) }];
      }),
    /**
     * Returns undefined for a batch to hand out, an offset to read again from, or a fatal problem.
     */
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
