import type { BatchSource, TopicPartition } from './ports';
import { createUnhandledAge, problemOfUnhandled, type Unhandled } from './unhandled-age';

const LOOK_MS = 1_000;

/**
 * Looks every second how far reading and handling are behind the ends of the log, open transactions included, and sets the metrics.
 * @param inHand the first offset of a partition that was read and is not handled; undefined when nothing of it is in hand: then all that was read of it is
 * handled, markers of transactions too
 */
export const watchProgress = (options: {
  readonly source: () => Pick<BatchSource, 'progress'> | undefined;
  readonly inHand: (at: TopicPartition) => number | undefined;
  readonly metrics: {
    /** of all partitions that this instance reads */
    readonly lag: (lags: readonly (readonly [partition: number, lag: number])[]) => void;
    readonly oldestUnhandled: (seconds: number) => void;
  };
}) => {
  const { source, inHand, metrics } = options;
  const ageOf = createUnhandledAge();
  let unhandled: readonly Unhandled[] = [];

  const look = (): void => {
    // where nothing was read since joining, there is nothing that readers may have
    const progress = (source()?.progress() ?? []).map((at) => ({ ...at, next: at.next ?? at.stableEnd }));
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
