import type { Database } from '../../../shared/database/database';
import { messageOf } from '../../../shared/errors';
import { createProblemLog } from '../../../shared/faults/merged-log';
import type { ServiceContext } from '../../../shared/service/run-service';
import { createCronTicks } from '../../../shared/timing/cron-ticks';
import { pause } from '../../../shared/timing/pause';
import type { ArchiveOutcome } from '../archive-batch';
import { scheduleRuns } from '../archive-loop';
import { findRuns } from '../sql/record-run';
import type { ArchiverMetrics } from './archive-metrics';

type ScheduleConfig = {
  readonly ARCHIVE_CRON: string;
  readonly ARCHIVE_TIME_ZONE: string;
  readonly ARCHIVE_CHECK_SECONDS: number;
};

/**
 * Runs the archive when it is due, until the service stops. /health/ready names a failure of the
 * last run of any instance.
 * @throws BridgeError CONFIG_INVALID for an invalid schedule
 */
export const startSchedule = (options: {
  readonly context: Pick<ServiceContext<ScheduleConfig>, 'config' | 'logger' | 'signal' | 'defer' | 'ready'>;
  readonly db: Database;
  readonly run: (request: { readonly dueSince: number }) => Promise<ArchiveOutcome>;
  readonly metrics: ArchiverMetrics;
}): void => {
  const { config, logger, signal, defer, ready } = options.context;
  const ticks = createCronTicks(config.ARCHIVE_CRON, config.ARCHIVE_TIME_ZONE);
  let problem: string | undefined;
  const { say } = createProblemLog(logger);
  ready('archive', () => problem);

  const lastGoodRun = async () => {
    const [last] = await findRuns(options.db, 1);
    const [good] = last?.outcome === 'ok' ? [last] : await findRuns(options.db, 1, 'ok');
    if (good !== undefined) options.metrics.lastGoodRun(good.startedAt);
    problem =
      last?.outcome === 'failed'
        ? `the run of ${new Date(last.startedAt).toISOString()} failed: ${last.problem}`
        : undefined;
    return good;
  };
  const schedule = scheduleRuns(
    {
      lastTick: ticks.lastTick,
      lastGoodRun,
      run: (dueSince) => options.run({ dueSince }),
      signal,
      pause,
      now: Date.now,
      onOutcome: (outcome) => {
        if (outcome.kind !== 'ran') return logger.debug(outcome, 'archiving is done by another instance');
        const { run } = outcome;
        options.metrics.ran(run);
        problem = run.outcome === 'failed' ? `the last run failed: ${run.problems.join('; ')}` : undefined;
        const fields = { ...run, ms: run.finishedAt - run.startedAt };
        if (run.outcome === 'ok') logger.info(fields, 'archive run');
        else if (signal.aborted) logger.warn(fields, 'archive run stopped; the next one continues it');
        else logger.error(fields, 'archive run failed');
      },
      onProblem: (error) => {
        problem = messageOf(error);
        say('cannot check whether a run is due', error);
      },
    },
    config.ARCHIVE_CHECK_SECONDS * 1000,
  );
  const next = ticks.nextTick(Date.now());
  logger.info({ next: next === undefined ? undefined : new Date(next).toISOString() }, 'archive schedule');
  defer('schedule', () => schedule);
};
