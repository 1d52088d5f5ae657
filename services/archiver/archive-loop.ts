import { toPauseMs } from '../../shared/timing/backoff';
import type { Waits } from '../../shared/timing/pause';
import { pollUntilStopped } from '../../shared/timing/poll';
import type { ArchiveOutcome } from './archive-batch';
import { isDue } from './core/is-due';

export type SchedulePorts = Waits & {
  readonly lastTick: (now: number) => number | undefined;
  readonly lastGoodRun: () => Promise<{ readonly startedAt: number } | undefined>;
  readonly run: (dueSince: number) => Promise<ArchiveOutcome>;
  readonly now: () => number;
  readonly onOutcome: (outcome: ArchiveOutcome) => void;
  readonly onProblem: (error: unknown) => void;
};

const LONGEST_PAUSE_MS = 3_600_000;
/** The database is unreachable: when it is back, /health/ready must soon show it. */
const UNCHECKED_PAUSE_MS = 3_000;

/**
 * Checks every `checkMs` whether a run is due, until stopped; sooner after a check that failed.
 * While runs fail the pause doubles, up to an hour.
 */
export const scheduleRuns = (ports: SchedulePorts, checkMs: number): Promise<void> => {
  let failedRuns = 0;
  const runIfDue = async (): Promise<boolean> => {
    const failedBefore = failedRuns;
    failedRuns = 0;
    const tick = ports.lastTick(ports.now());
    if (tick === undefined || !isDue(tick, await ports.lastGoodRun())) return false;
    const outcome = await ports.run(tick);
    if (outcome.kind === 'ran' && outcome.run.outcome === 'failed') failedRuns = failedBefore + 1;
    ports.onOutcome(outcome);
    return true;
  };
  return pollUntilStopped({
    work: runIfDue,
    onError: ports.onProblem,
    pace: ({ failed }) =>
      failed > 0
        ? Math.min(checkMs, UNCHECKED_PAUSE_MS)
        : toPauseMs({ minMs: checkMs, maxMs: LONGEST_PAUSE_MS }, failedRuns + 1),
    signal: ports.signal,
    pause: ports.pause,
  });
};
