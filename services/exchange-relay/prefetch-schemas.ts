import { messageOf } from '../../shared/errors';
import type { KafkaRecord } from '../../shared/kafka/ports';
import type { Backoff } from '../../shared/timing/backoff';
import type { Waits } from '../../shared/timing/pause';
import { retryWhile } from '../../shared/timing/retry';
import type { RecordBuffer } from './core/record-buffer';

export type PrefetchPorts = Waits & {
  readonly prefetchSchemas: (records: readonly KafkaRecord[]) => Promise<void>;
  readonly onProblem: (summary: string, error: unknown) => void;
  /** Signals that records may be ready that were not before. */
  readonly onReady: () => void;
};

export type SchemaPrefetch = {
  /** Starts the look-up of the schemas of the held records, unless it is running. */
  readonly lookUp: () => void;
  /**
   * Returns true when a look-up has taken more than IN_ORDER_MS: records after it may then
   * overtake.
   */
  readonly overtaking: () => boolean;
  readonly problem: () => string | undefined;
};

/**
 * How long a look-up keeps the records after it back: the first record of a new schema version
 * keeps its place.
 */
const IN_ORDER_MS = 300;

/** Small, so that records continue as soon as one schema is known. */
const PREFETCH_RECORDS = 64;

/** Creates the look-up of schemas for records that a buffer holds back; it then releases them. */
export const createSchemaPrefetch = (
  ports: PrefetchPorts,
  buffer: Pick<RecordBuffer, 'held' | 'release'>,
  options: { readonly retry: Backoff },
): SchemaPrefetch => {
  const { signal, pause } = ports;
  let problem: string | undefined;
  let prefetching: Promise<void> | undefined;
  let overtaking = false;

  const onRetry = (error: unknown): void => {
    problem = messageOf(error);
    ports.onProblem('schemas cannot be looked up; the records that need them wait', error);
  };

  /** Looks up until no record is held. */
  const prefetchHeld = async (): Promise<void> => {
    while (buffer.held(1).length > 0 && !signal.aborted) {
      await retryWhile({ retryable: () => true, onRetry, backoff: options.retry, signal, pause }, () =>
        ports.prefetchSchemas(buffer.held(PREFETCH_RECORDS)),
      );
      problem = undefined;
      buffer.release();
      ports.onReady();
    }
  };

  const lookUp = (): void => {
    if (prefetching !== undefined || buffer.held(1).length === 0) return;
    void pause(IN_ORDER_MS, signal).then(() => {
      overtaking = prefetching !== undefined;
      ports.onReady();
    });
    const ended = (): void => {
      prefetching = undefined;
      overtaking = false;
      ports.onReady();
      if (!signal.aborted) lookUp();
    };
    prefetching = prefetchHeld().then(ended, (error: unknown) => {
      if (!signal.aborted) throw error;
    });
  };

  return { lookUp, overtaking: () => overtaking, problem: () => problem };
};
