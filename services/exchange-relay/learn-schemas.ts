import { messageOf } from '../../shared/errors';
import type { KafkaRecord } from '../../shared/kafka/ports';
import type { RecordBuffer } from './core/record-buffer';

export type LearnPorts = {
  readonly learn: (records: readonly KafkaRecord[]) => Promise<void>;
  readonly onTrouble: (what: string, error: unknown) => void;
  readonly pause: (ms: number) => Promise<void>;
  readonly stopped: () => boolean;
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
  options: { readonly retryMinMs: number; readonly retryMaxMs: number },
): LearnSchemas => {
  let trouble: string | undefined;
  let learning: Promise<void> | undefined;
  let overtaking = false;

  /** Until nothing is held any more. */
  const learnHeld = async (): Promise<void> => {
    let backOffMs = options.retryMinMs;
    for (let held = buffer.held(LEARN_AT_ONCE); held.length > 0; held = buffer.held(LEARN_AT_ONCE)) {
      if (ports.stopped()) return;
      try {
        await ports.learn(held);
        trouble = undefined;
        backOffMs = options.retryMinMs;
        buffer.release();
        ports.onReady();
      } catch (error) {
        trouble = messageOf(error);
        ports.onTrouble('schemas cannot be looked up; the records that need them wait', error);
        await ports.pause(backOffMs);
        backOffMs = Math.min(options.retryMaxMs, backOffMs * 2);
      }
    }
    trouble = undefined;
  };

  const lookUp = (): void => {
    if (learning !== undefined || buffer.held(1).length === 0) return;
    void ports.pause(IN_ORDER_MS).then(() => {
      overtaking = learning !== undefined;
      ports.onReady();
    });
    learning = learnHeld().finally(() => {
      learning = undefined;
      overtaking = false;
      ports.onReady();
      if (!ports.stopped()) lookUp();
    });
  };

  return { lookUp, overtaking: () => overtaking, trouble: () => trouble };
};
