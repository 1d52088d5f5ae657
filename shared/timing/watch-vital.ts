import { messageOf } from '../errors';
import { withTimeout } from './timeout';

/** Work that succeeded so recently needs no probe. */
const FRESH_MS = 4_000;
/** With the interval of the checks, an outage is known after 8 s, and its end after 4 s. */
const ANSWER_MS = 3_000;

/** Whether a server works for this process, for /health/ready. */
export type Vital = {
  /** Why not, or undefined. */
  readonly problem: () => string | undefined;
  /**
   * Probes the server, unless work on it has just succeeded. Called once a second: the problem of
   * an idle process then comes and goes without traffic. Never rejects.
   */
  readonly check: () => Promise<void>;
};

/**
 * Creates a Vital from the outcomes of real work and, while there is none, of a probe.
 * @param probe rejects while the server cannot be used
 */
export const watchVital = (probe: () => Promise<unknown>, now: () => number = Date.now) => {
  let wellAt = Number.NEGATIVE_INFINITY;
  let failedAt = Number.NEGATIVE_INFINITY;
  let problem: string | undefined;
  let checking = false;
  const worked = (): void => {
    wellAt = now();
    problem = undefined;
  };
  const failed = (why: string | undefined): void => {
    failedAt = now();
    problem = why;
  };
  const check = async (): Promise<void> => {
    if (checking || (problem === undefined && now() - wellAt < FRESH_MS)) return;
    checking = true;
    const startedAt = now();
    try {
      await withTimeout(ANSWER_MS, probe(), () => new Error(`no answer within ${ANSWER_MS} ms`));
      // A probe does not try all that work does, so failing work is believed for a while.
      if (startedAt - failedAt >= FRESH_MS) worked();
    } catch (error) {
      // Work that succeeded meanwhile knows better.
      if (wellAt < startedAt) problem = messageOf(error);
    } finally {
      checking = false;
    }
  };
  return { worked, failed, problem: () => problem, check };
};
