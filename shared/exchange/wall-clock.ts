import type { Zone } from './time-zone';

/**
 * PostgreSQL: a time column of the province as epoch ms. Only a column without a time zone is in the province's; what it is the server says, so that the
 * same text serves for both. A column that holds no times at all is an error (42883).
 */
export const epochMsOf = (column: string, zone: Zone): string =>
  `(CASE WHEN pg_typeof(${column}) = 'timestamptz'::regtype THEN extract(epoch FROM ${column}) ELSE extract(epoch FROM timezone('${zone.postgres}', ${column})) END * 1000)`;

const IN_UTC = '+00:00';

/**
 * Oracle: a UTC time of ours as the province's column is to hold it. It has its zone with it, so a DATE or a TIMESTAMP gets the wall clock's time, and a
 * column with a time zone the moment.
 */
export const inZone = (time: string, zone: Zone): string =>
  zone.oracle === IN_UTC ? time : `FROM_TZ(${time}, '${IN_UTC}') AT TIME ZONE '${zone.oracle}'`;

/** Oracle: what `execute` reads DATE and TIMESTAMP columns with. */
export const toWallClock =
  (zone: Zone) =>
  (date: Date): Date =>
    new Date(zone.toInstant(date.getTime()));
