import type { Zone } from './time-zone';

/**
 * Returns PostgreSQL SQL that reads a time column of the province as epoch ms. Only a column
 * without a time zone is in the province's zone. The server decides by the column's type, so one
 * text serves both. A column of another type is an error (42883).
 */
export const epochMsOf = (column: string, zone: Zone): string =>
  `(CASE WHEN pg_typeof(${column}) = 'timestamptz'::regtype THEN extract(epoch FROM ${column}) ELSE extract(epoch FROM timezone('${zone.postgres}', ${column})) END * 1000)`;

const IN_UTC = '+00:00';

/**
 * Returns Oracle SQL that writes one of the bridge's UTC times into a column of the province. The
 * value carries its zone: a DATE or TIMESTAMP column stores the wall-clock time, a column with a
 * time zone the instant.
 */
export const toZonedSql = (time: string, zone: Zone): string =>
  zone.oracle === IN_UTC ? time : `FROM_TZ(${time}, '${IN_UTC}') AT TIME ZONE '${zone.oracle}'`;

/**
 * Returns the function with which `execute` reads Oracle's DATE and TIMESTAMP columns: from the
 * wall-clock time to the instant.
 */
export const toWallClock =
  (zone: Zone) =>
  (date: Date): Date =>
    new Date(zone.toInstant(date.getTime()));
