import { messageOf } from '../../shared/errors';
import type { KafkaRecord } from '../../shared/kafka/ports';
import type { Backoff } from '../../shared/timing/backoff';
import type { Waits } from '../../shared/timing/pause';
import { retryWhile } from '../../shared/timing/retry';
import type { RecordBuffer } from './core/record-buffer';

export type LearnPorts = Waits & {
  readonly learn: (records: readonly KafkaRecord[]) => Promise<void>;
  readonly onTrouble: (what: string, error: unknown) => void;
  /** Something may be taken that could not be taken before. */
  readonly onReady: () => void;
};

export type LearnSchemas = {
  /** Begins to look up the schemas of the records that are held, unless it is doing so. */
  readonly lookUp: () => void;
  /** True when a look-up takes so long that the records behind it may overtake. */
  readonly overtaking: () => boolean;
  readonly trouble: () => string | undefined;
};

/** A look-up may take so long before the records behind it overtake: a new version's first record keeps its place. */
const IN_ORDER_MS = 300;

/** Small, so that they go on as soon as one of them may. */
const LEARN_AT_ONCE = 64;

/** Looks up the schemas of the records that a buffer holds back, and gives them free. */
export const createLearnSchemas = (
  ports: LearnPorts,
  buffer: Pick<RecordBuffer, 'held' | 'release'>,
  options: { readonly retry: Backoff },
): LearnSchemas => {
  const { signal, pause } = ports;
  let trouble: string | undefined;
  let learning: Promise<void> | undefined;
  let overtaking = false;

  const onRetry = (error: unknown): void => {
    trouble = messageOf(error);
    ports.onTrouble('schemas cannot be looked up; the records that need them wait', error);
  };

  /** Until nothing is held any more. */
  const learnHeld = async (): Promise<void> => {
    while (buffer.held(1).length > 0 && !signal.aborted) {
      await retryWhile({ retryable: () => true, onRetry, backoff: options.retry, signal, pause }, () =>
        ports.learn(buffer.held(LEARN_AT_ONCE)),
      );
      trouble = undefined;
      buffer.release();
      ports.onReady();
    }
  };

  const lookUp = (): void => {
    if (learning !== undefined || buffer.held(1).length === 0) return;
    void pause(IN_ORDER_MS, signal).then(() => {
      overtaking = learning !== undefined;
      ports.onReady();
    });
    const ended = (): void => {
      learning = undefined;
      overtaking = false;
      ports.onReady();
      if (!signal.aborted) lookUp();
    };
    // only a stop makes it fail
    learning = learnHeld().then(ended, ended);
  };

  return { lookUp, overtaking: () => overtaking, trouble: () => trouble };
};
