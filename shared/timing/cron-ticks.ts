import { Cron } from 'croner';
import { BridgeError, messageOf } from '../errors';

export type CronTicks = {
  /**
   * Returns the last scheduled moment at or before `now`; undefined if there was none. Epoch ms.
   */
  readonly lastTick: (now: number) => number | undefined;
  /** Returns the first scheduled moment after `now`. Epoch ms. */
  readonly nextTick: (now: number) => number | undefined;
};

/**
 * Creates the moments of a cron pattern in a time zone. No timer is started.
 * @throws BridgeError CONFIG_INVALID for an invalid pattern or zone, or a pattern without a future
 *   moment
 */
export const createCronTicks = (pattern: string, timeZone: string): CronTicks => {
  try {
    const cron = new Cron(pattern, { timezone: timeZone, paused: true });
    if (cron.nextRun() === null) throw new Error('it never comes');
    return {
      lastTick: (now) => cron.previousRuns(1, new Date(now + 1))[0]?.getTime(),
      nextTick: (now) => cron.nextRun(new Date(now))?.getTime(),
    };
  } catch (error) {
    throw new BridgeError(
      'CONFIG_INVALID',
      `ARCHIVE_CRON or ARCHIVE_TIME_ZONE: "${pattern}" in ${timeZone}: ${messageOf(error)}`,
    );
  }
};
