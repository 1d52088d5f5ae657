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

/**
 * Checks every `checkMs` whether a run is due, until stopped. While runs fail the pause doubles, up
 * to an hour.
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
    pace: () => toPauseMs({ minMs: checkMs, maxMs: LONGEST_PAUSE_MS }, failedRuns + 1),
    signal: ports.signal,
    pause: ports.pause,
  });
};
