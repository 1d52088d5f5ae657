import { messageOf } from '../errors';
import { withTimeout } from './timeout';

/** What worked so recently needs no probe. */
export const FRESH_MS = 4_000;
/** With a check a second, an outage is known after 8 s. */
const ANSWER_MS = 3_000;

/** Whether a server works for this process, for /health/ready. */
export type Vital = {
  /** Why not, or undefined. */
  readonly problem: () => string | undefined;
  /**
   * Probes the server, unless it has just worked. Called once a second: the problem of an idle
   * process then comes and goes without traffic. Never rejects.
   */
  readonly check: () => Promise<void>;
};

/**
 * Creates a Vital from a probe, and from work that succeeds.
 * @param probe rejects while the server cannot be used
 */
export const watchVital = (probe: () => Promise<unknown>, now: () => number = Date.now) => {
  let wellAt = Number.NEGATIVE_INFINITY;
  let problem: string | undefined;
  let checking = false;
  const worked = (): void => {
    wellAt = now();
    problem = undefined;
  };
  const check = async (): Promise<void> => {
    if (checking || (problem === undefined && now() - wellAt < FRESH_MS)) return;
    checking = true;
    const startedAt = now();
    try {
      await withTimeout(ANSWER_MS, probe(), () => new Error(`no answer within ${ANSWER_MS} ms`));
      worked();
    } catch (error) {
      // Work that succeeded meanwhile knows better.
      if (wellAt < startedAt) problem = messageOf(error);
    } finally {
      checking = false;
    }
  };
  return {
    /** To be called when work has succeeded that shows all that the probe shows. */
    worked,
    problem: (): string | undefined => problem,
    /** Returns the time when it last worked. */
    wellAt: (): number => wellAt,
    check,
  };
};
