import { archiverConfig } from '../../services/archiver/config';
import { defineConfig, loadConfig } from '../../shared/config/define-config';
import { BridgeError } from '../../shared/errors';
import { isTimeZone, toZone } from '../../shared/exchange/time-zone';
import { TIME_ZONE_RULE } from '../time-zone';

/** How people read and write times. The computer's own zone does not count: containers have UTC. */
export type Clock = {
  /** the zone's name or offset */
  readonly zone: string;
  /** Formats epoch ms as date and time with milliseconds, without the zone. */
  readonly show: (epochMs: number) => string;
  /** Returns the instant of a wall-clock time, given as the epoch ms of the same time in UTC. */
  readonly toInstant: (wallMs: number) => number;
};

/** @param zone a text that passes `isTimeZone` */
export const createClock = (zone: string): Clock => {
  const { toWall, toInstant } = toZone(zone);
  return {
    zone,
    show: (epochMs) => {
      const wall = new Date(toWall(epochMs));
      return Number.isNaN(wall.getTime()) ? String(epochMs) : wall.toISOString().replace('T', ' ').slice(0, -1);
    },
    toInstant,
  };
};

const clockSettings = defineConfig(
  'sms-bridge',
  'times',
  { ARCHIVE_TIME_ZONE: archiverConfig.variables.ARCHIVE_TIME_ZONE },
  [
    {
      of: ['ARCHIVE_TIME_ZONE'],
      check: (config) => {
        if (!isTimeZone(config.ARCHIVE_TIME_ZONE))
          throw new BridgeError('CONFIG_INVALID', `ARCHIVE_TIME_ZONE: ${TIME_ZONE_RULE}`);
      },
    },
  ],
);

/** @throws BridgeError CONFIG_INVALID */
export const loadClock = (env: NodeJS.ProcessEnv): Clock =>
  createClock(loadConfig(clockSettings, env).ARCHIVE_TIME_ZONE);
