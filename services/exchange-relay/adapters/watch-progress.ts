import { type BatchSource, partitionKey, type TopicPartition } from '../../shared/kafka/ports';
import type { Slice } from '../core/record-buffer';
import { createUnhandledAge, problemOfUnhandled, type Unhandled } from '../core/unhandled-age';
import type { RelayMetrics } from './relay-metrics';

const LOOK_MS = 1_000;

/**
 * Looks every second how far reading and handing over are behind the ends of the log, open transactions included, and sets the metrics.
 * @param isIdle whether nothing of a partition is in hand: then all that was read of it is handled, markers of transactions too
 */
export const watchProgress = (options: {
  readonly source: () => Pick<BatchSource, 'progress'> | undefined;
  readonly isIdle: (at: TopicPartition) => boolean;
  readonly metrics: Pick<RelayMetrics, 'lag' | 'oldestUnhandled'>;
}) => {
  const { source, isIdle, metrics } = options;
  const ageOf = createUnhandledAge();
  let committed = new Map<string, number>();
  let unhandled: readonly Unhandled[] = [];

  const look = (): void => {
    const progress = source()?.progress() ?? [];
    metrics.lag(progress.map(({ partition, next, end }) => [partition, Math.max(0, end - (next ?? end))]));
    unhandled = ageOf(
      progress.map(({ next, ...ends }) => {
        const done = committed.get(partitionKey(ends)) ?? ends.end;
        return { ...ends, handled: isIdle(ends) ? (next ?? done) : done };
      }),
      Date.now(),
    );
    metrics.oldestUnhandled((unhandled[0]?.ageMs ?? 0) / 1000);
  };
  const timer = setInterval(look, LOOK_MS).unref();

  return {
    assigned: (positions: ReadonlyMap<TopicPartition, number>): void => {
      committed = new Map([...positions].map(([at, offset]) => [partitionKey(at), offset]));
    },
    committed: (slices: readonly Slice[]): void => {
      for (const slice of slices) committed.set(partitionKey(slice), slice.nextOffset);
    },
    problem: (): string | undefined => problemOfUnhandled(unhandled),
    close: async (): Promise<void> => clearInterval(timer),
  };
};
