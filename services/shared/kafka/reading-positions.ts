import { BridgeError } from '../errors';
import { partitionKey, type TopicPartition } from './ports';

type LogRange = ReadonlyMap<number, { readonly low: number; readonly high: number }>;

/**
 * Why reading must not start there, or undefined. An offset outside the log means that the topic was deleted and created again, or that records
 * were deleted unread: a reset by itself would send old messages again, or lose some without a word.
 */
export const problemOfStart = (at: TopicPartition, offset: number, range: LogRange): BridgeError | undefined => {
  const log = range.get(at.partition);
  if (log !== undefined && offset >= log.low && offset <= log.high) return undefined;
  const found = log === undefined ? 'the topic has no such partition' : `the log holds ${log.low} to ${log.high}`;
  return new BridgeError(
    'OFFSET_OUT_OF_RANGE',
    `${at.topic}/${at.partition}: reading must go on at offset ${offset}, but ${found}. The topic was recreated, or records were deleted before ` +
      'they were read. Nothing is reset by itself: see "Offset out of range" in docs/operations.md',
  );
};

/** Where each partition is expected to go on: kafkajs answers an offset that is out of range by starting anew somewhere else, silently. */
export const createPositions = () => {
  const next = new Map<string, number>();
  return {
    clear: () => next.clear(),
    set: (at: TopicPartition, offset: number) => next.set(partitionKey(at), offset),
    /** The problem with a fetch that began elsewhere, or undefined. */
    problemOf: (at: TopicPartition, fetchedFrom: number): BridgeError | undefined => {
      const expected = next.get(partitionKey(at));
      if (expected === undefined || expected === fetchedFrom) return undefined;
      return new BridgeError(
        'OFFSET_OUT_OF_RANGE',
        `${at.topic}/${at.partition}: reading went on at offset ${fetchedFrom} instead of ${expected}: the records between were deleted before they were ` +
          'read. Nothing is reset by itself: see "Offset out of range" in docs/operations.md',
      );
    },
  };
};
