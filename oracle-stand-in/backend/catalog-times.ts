import { operator, sqlFunction } from './catalog-ddl';

export const TRUNCATED = ['timestamp', 'timestamptz'].flatMap((type) => [
  sqlFunction('trunc', `t ${type}`, 'ora.date', `SELECT pg_catalog.date_trunc('day', t::timestamp)`, 'STABLE'),
  sqlFunction(
    'trunc',
    `t ${type}, f text`,
    'ora.date',
    `SELECT pg_catalog.date_trunc(CASE upper(f) WHEN 'DD' THEN 'day' WHEN 'MM' THEN 'month' WHEN 'YYYY' THEN 'year' WHEN 'HH24' THEN 'hour'
       WHEN 'HH' THEN 'hour' WHEN 'MI' THEN 'minute' WHEN 'IW' THEN 'week' ELSE f END, t::timestamp)`,
    'STABLE',
  ),
]);

const AT_ZONE = `CASE WHEN z ~ '^[+-]\\d\\d:\\d\\d$' THEN t AT TIME ZONE z::interval ELSE t AT TIME ZONE z END`;

const assignable = (type: string): string =>
  `DO $$ BEGIN CREATE CAST (ora.zoned AS ${type}) WITH FUNCTION ora.zoned_as_${type}(ora.zoned) AS ASSIGNMENT; EXCEPTION WHEN duplicate_object THEN NULL; END $$`;

/**
 * TIMESTAMP WITH TIME ZONE as the result of an expression. Unlike PostgreSQL's type it keeps its
 * zone, so that a column without a zone gets the wall-clock time there.
 */
export const ZONED = [
  `DO $$ BEGIN CREATE TYPE ora.zoned AS (moment timestamptz, zone text); EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
  sqlFunction('in_zone', 't timestamp, z text', 'timestamptz', `SELECT ${AT_ZONE}`, 'STABLE'),
  sqlFunction('in_zone', 't timestamptz, z text', 'timestamp', `SELECT ${AT_ZONE}`, 'STABLE'),
  sqlFunction(
    'from_tz',
    't timestamp, z text',
    'ora.zoned',
    'SELECT CASE WHEN t IS NOT NULL THEN ROW(ora.in_zone(t, z), z)::ora.zoned END',
    'STABLE',
  ),
  sqlFunction(
    'at_zone',
    'v ora.zoned, z text',
    'ora.zoned',
    'SELECT CASE WHEN v IS NOT NULL THEN ROW((v).moment, z)::ora.zoned END',
    'STABLE',
  ),
  operator('@@@', 'ora.zoned', 'text', 'at_zone'),
  sqlFunction('zoned_as_timestamp', 'v ora.zoned', 'timestamp', 'SELECT ora.in_zone((v).moment, (v).zone)', 'STABLE'),
  sqlFunction('zoned_as_timestamptz', 'v ora.zoned', 'timestamptz', 'SELECT (v).moment'),
  assignable('timestamp'),
  assignable('timestamptz'),
  sqlFunction('sys_extract_utc', 'v ora.zoned', 'timestamp', `SELECT (v).moment AT TIME ZONE 'UTC'`),
];

/** Arithmetic with days: in Oracle a time plus 1 is one day later. */
export const DAYS = [
  ['timestamp', 'numeric'],
  ['timestamptz', 'numeric'],
  ['timestamp', 'integer'],
  ['timestamptz', 'integer'],
].flatMap(([time, number]) =>
  [
    ['+', 'plus_days'],
    ['-', 'minus_days'],
  ].flatMap(([symbol, name]) => [
    sqlFunction(
      name!,
      `t ${time}, n ${number}`,
      time!,
      `SELECT t OPERATOR(pg_catalog.${symbol}) pg_catalog.make_interval(secs => (n * 86400)::float8)`,
    ),
    operator(symbol!, time!, number!, name!),
  ]),
);

/** The calendar ends with the year 9999, even within an expression. */
export const END_OF_TIME = [
  `CREATE OR REPLACE FUNCTION ora.plus_interval(t timestamp, i interval) RETURNS timestamp LANGUAGE plpgsql IMMUTABLE AS $f$
   DECLARE
     later constant timestamp := t OPERATOR(pg_catalog.+) i;
   BEGIN
     IF later OPERATOR(pg_catalog.>=) timestamp '10000-01-01' THEN
       PERFORM ora.raise_error(1841, '(full) year must be between -4713 and +9999, and not be 0');
     END IF;
     RETURN later;
   END $f$`,
  operator('+', 'timestamp', 'interval', 'plus_interval'),
];
