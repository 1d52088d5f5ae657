import type { BatchSource, TopicPartition } from './ports';
import { createUnhandledAge, problemOfUnhandled, type Unhandled } from './unhandled-age';

const LOOK_MS = 1_000;

/**
 * Measures every second how far reading and handling lag the ends of the logs, including open
 * transactions, and sets the metrics.
 * @param inHand returns the first offset of a partition that was read but not handled. Undefined:
 * everything read is handled, including control records
 */
export const watchProgress = (options: {
  readonly source: Pick<BatchSource, 'progress'>;
  readonly inHand: (topicPartition: TopicPartition) => number | undefined;
  readonly metrics: {
    /** Lags of all partitions that this instance reads. */
    readonly lag: (lags: readonly (readonly [partition: number, lag: number])[]) => void;
    readonly oldestUnhandled: (seconds: number) => void;
  };
}) => {
  const { source, inHand, metrics } = options;
  const ageOf = createUnhandledAge();
  let unhandled: readonly Unhandled[] = [];

  const look = (): void => {
    // If nothing was read since joining, there was nothing to read: reading is at `stableEnd`.
    const progress = source.progress().map((position) => ({
      ...position,
      next: position.next ?? position.stableEnd,
    }));
    metrics.lag(progress.map(({ partition, next, end }) => [partition, Math.max(0, end - next)]));
    unhandled = ageOf(
      progress.map(({ next, ...ends }) => ({ ...ends, handled: inHand(ends) ?? next })),
      Date.now(),
    );
    metrics.oldestUnhandled((unhandled[0]?.ageMs ?? 0) / 1000);
  };
  const timer = setInterval(look, LOOK_MS).unref();

  return {
    problem: (): string | undefined => problemOfUnhandled(unhandled),
    close: async (): Promise<void> => clearInterval(timer),
  };
};
