import { nextPauseMs } from '../../shared/timing/adaptive-poll';
import type { ArchiveOutcome } from './archive-batch';
import { isDue } from './core/is-due';

export type SchedulePorts = {
  readonly lastTick: (now: number) => number | undefined;
  readonly lastGoodRun: () => Promise<{ readonly startedAt: number } | undefined>;
  readonly run: (dueSince: number) => Promise<ArchiveOutcome>;
  readonly pause: (ms: number) => Promise<void>;
  readonly stopped: () => boolean;
  readonly now: () => number;
  readonly onOutcome: (outcome: ArchiveOutcome) => void;
  readonly onTrouble: (error: unknown) => void;
};

const LONGEST_PAUSE_MS = 3_600_000;

/** Looks every `checkMs` whether a run is due, until stopped; after a failure the pause doubles up to an hour. */
export const scheduleRuns = async (ports: SchedulePorts, checkMs: number): Promise<void> => {
  let pauseMs = checkMs;
  while (!ports.stopped()) {
    let failed = false;
    try {
      const tick = ports.lastTick(ports.now());
      if (tick !== undefined && isDue(tick, await ports.lastGoodRun())) {
        const outcome = await ports.run(tick);
        failed = outcome.kind === 'ran' && outcome.run.outcome === 'failed';
        ports.onOutcome(outcome);
      }
    } catch (error) {
      ports.onTrouble(error);
    }
    pauseMs = failed ? nextPauseMs(pauseMs, false, checkMs, LONGEST_PAUSE_MS) : checkMs;
    await ports.pause(pauseMs);
  }
};
