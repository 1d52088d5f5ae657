import type { RecordSink } from '../../shared/kafka/ports';

/** Longest silence before the user is told that Kafka does not answer. */
const SILENT_MS = 3_000;
const LOOK_MS = 1_000;
const REPEAT_MS = 15_000;

export type KafkaWatch = {
  /** Kafka has answered for the first time; from now on the sink knows how it is. */
  readonly opened: (sink: RecordSink) => void;
  /** Tells how long the work that begins now tries at most. */
  readonly tryFor: (ms: number) => void;
  readonly close: () => void;
};

/**
 * Tells on standard error that Kafka cannot be reached, how long the command still tries, and when
 * Kafka answers again, so that an outage is not a silence of minutes.
 */
export const watchKafka = (world: {
  readonly brokers: readonly string[];
  readonly note: (text: string) => void;
  readonly limitMs: number;
}): KafkaWatch => {
  const { brokers, note, limitMs } = world;
  const startedAt = Date.now();
  let until = startedAt + limitMs;
  let sink: RecordSink | undefined;
  let outage: { readonly since: number; readonly notedAt: number } | undefined;

  const problem = (now: number): string | undefined => {
    if (sink !== undefined) return sink.problem();
    const silence = now - startedAt;
    return silence < SILENT_MS ? undefined : `no answer for ${Math.floor(silence / 1000)} s`;
  };
  const look = (): void => {
    void sink?.check();
    const now = Date.now();
    const why = problem(now);
    if (why === undefined) {
      if (outage !== undefined) note('Kafka answers again');
      outage = undefined;
      return;
    }
    if (outage !== undefined && now - outage.notedAt < REPEAT_MS) return;
    const still = outage === undefined ? '' : `still, after ${Math.round((now - outage.since) / 1000)} s: `;
    const left = Math.max(1, Math.ceil((until - now) / 1000));
    note(`${still}Kafka cannot be reached at ${brokers.join(', ')}: ${why}; trying for up to ${left} s`);
    outage = { since: outage?.since ?? now, notedAt: now };
  };
  const timer = setInterval(look, LOOK_MS);
  return {
    opened: (opened) => {
      sink = opened;
    },
    tryFor: (ms) => {
      until = Date.now() + ms;
    },
    close: () => clearInterval(timer),
  };
};
