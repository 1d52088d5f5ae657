import { POSTGRES_STATES, toOracleError } from '../backend/postgres-errors';

/**
 * Defines a volatile function, so that PostgreSQL does not evaluate it while planning: its errors
 * belong to the run.
 */
const define = (name: string, args: string, returns: string, body: string): string =>
  `CREATE OR REPLACE FUNCTION ora.${name}(${args}) RETURNS ${returns} LANGUAGE plpgsql SET search_path = pg_catalog AS $f$ ${body} $f$`;

const inSql = (name: string, args: string, returns: string, body: string): string =>
  `CREATE OR REPLACE FUNCTION ora.${name}(${args}) RETURNS ${returns} LANGUAGE sql IMMUTABLE AS $f$ ${body} $f$`;

/** Returns the Oracle number of a SQLSTATE, by postgres-errors.ts. */
const numberOf = (state: string): number =>
  toOracleError(Object.assign(new Error(''), { code: state }), { verb: '', lockWait: false }).number;

const errorNumbers = (): string =>
  POSTGRES_STATES.filter((state) => state !== 'ORA00')
    .map((state) => `WHEN '${state}' THEN ${numberOf(state)}`)
    .join(' ');

const VALUE_ERROR = 'PL/SQL: numeric or value error';

/** Functions that compiled PL/SQL calls. */
export const PLSQL_FUNCTIONS: readonly string[] = [
  `DO $$ BEGIN
     CREATE TYPE ora.plsql_error AS (number numeric, state text, message text, detail text, schema_name text, table_name text, column_name text, constraint_name text);
   EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
  define(
    'error_number',
    'state text, message text, detail text, verb text, waits boolean',
    'numeric',
    `BEGIN
       RETURN CASE WHEN state = 'ORA00' THEN detail::numeric
         WHEN state = '55P03' AND waits THEN 30006
         WHEN state = '23502' AND verb = 'UPDATE' THEN 1407
         WHEN state = '22003' AND message ~ 'precision|overflow' THEN 1438
         WHEN state = '23503' AND (detail ~ 'is still referenced' OR message ~ 'update or delete') THEN 2292
         ELSE CASE state ${errorNumbers()} ELSE 7445 END END;
     END`,
  ),
  // Raises the error as it was caught, so that it looks as if it had not been handled.
  define(
    'raise_again',
    'e ora.plsql_error',
    'void',
    `BEGIN
       RAISE EXCEPTION USING ERRCODE = e.state, MESSAGE = e.message, DETAIL = coalesce(e.detail, ''), SCHEMA = coalesce(e.schema_name, ''),
         TABLE = coalesce(e.table_name, ''), COLUMN = coalesce(e.column_name, ''), CONSTRAINT = coalesce(e.constraint_name, '');
     END`,
  ),
  define(
    'raise_application_error',
    'n numeric, message text',
    'void',
    `BEGIN
       IF n IS NULL OR n NOT BETWEEN -20999 AND -20000 THEN
         PERFORM ora.raise_error(21000, 'error number argument to raise_application_error of ' || coalesce(n::text, '') || ' is out of range');
       END IF;
       PERFORM ora.raise_error((-n)::int, coalesce(substr(message, 1, 2048), ''));
     END`,
  ),
  define(
    'mutating',
    'place text',
    'text',
    `BEGIN PERFORM ora.raise_error(4091, 'table ' || place || ' is mutating, trigger/function may not see it'); RETURN NULL; END`,
  ),
  inSql('sqlcode', 'n numeric', 'numeric', 'SELECT CASE n WHEN 1403 THEN 100 ELSE -n END'),
  define(
    'fit_text',
    's text, n int, unit text',
    'text',
    `BEGIN
       IF (CASE unit WHEN 'char' THEN char_length(s) ELSE ora.byte_length(s) END) > n OR octet_length(s) > 32767 THEN
         PERFORM ora.raise_error(6502, '${VALUE_ERROR}: character string buffer too small');
       END IF;
       RETURN nullif(s, '');
     END`,
  ),
  define(
    'fit_number',
    'v numeric, p int, s int',
    'numeric',
    `BEGIN
       IF abs(round(v, s)) >= 10::numeric ^ (p - s) THEN PERFORM ora.raise_error(6502, '${VALUE_ERROR}: number precision too large'); END IF;
       RETURN round(v, s);
     END`,
  ),
  define(
    'fit_raw',
    'v bytea, n int',
    'bytea',
    `BEGIN
       IF octet_length(v) > n THEN PERFORM ora.raise_error(6502, '${VALUE_ERROR}: raw variable length too long'); END IF;
       RETURN nullif(v, ''::bytea);
     END`,
  ),
  // Only lists without gaps are supported.
  define(
    'element',
    'list anyarray, i numeric',
    'anyelement',
    `BEGIN
       IF i IS NULL OR i NOT BETWEEN 1 AND cardinality(list) THEN PERFORM ora.raise_error(1403, 'no data found'); END IF;
       RETURN list[i::int];
     END`,
  ),
  define(
    'place_of',
    'list anyarray, i numeric',
    'int',
    `BEGIN
       IF i IS NULL THEN PERFORM ora.raise_error(6502, '${VALUE_ERROR}: NULL index table key value'); END IF;
       IF i NOT BETWEEN 1 AND cardinality(list) + 1 THEN
         PERFORM ora.raise_error(3001, 'unimplemented feature (of the stand-in, not of Oracle): a collection with gaps');
       END IF;
       RETURN i::int;
     END`,
  ),
  define(
    'as_number',
    's text',
    'numeric',
    `BEGIN
       IF s !~ '^\\s*[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?\\s*$' THEN
         PERFORM ora.raise_error(6502, '${VALUE_ERROR}: character to number conversion error');
       END IF;
       RETURN s::numeric;
     END`,
  ),
  inSql('as_number', 'n numeric', 'numeric', 'SELECT n'),
  inSql(
    'utl_raw_concat',
    'VARIADIC r bytea[]',
    'bytea',
    `SELECT pg_catalog.string_agg(x, '' ORDER BY n) FROM pg_catalog.unnest(r) WITH ORDINALITY AS u (x, n)`,
  ),
  inSql('utl_raw_length', 'r bytea', 'numeric', 'SELECT pg_catalog.octet_length(r)::numeric'),
  inSql('utl_raw_cast_to_raw', 's text', 'bytea', `SELECT pg_catalog.convert_to(s, 'UTF8')`),
  define(
    'utl_i18n_string_to_raw',
    's text, charset text',
    'bytea',
    `BEGIN
       IF charset IS DISTINCT FROM 'AL32UTF8' THEN PERFORM ora.raise_error(3001, 'unimplemented feature (of the stand-in, not of Oracle): this character set'); END IF;
       RETURN convert_to(s, 'UTF8');
     END`,
  ),
];

/** Functions of packages, with their names here. */
export const PACKAGE_FUNCTIONS: Readonly<Record<string, string>> = {
  'UTL_RAW.CONCAT': 'ora.utl_raw_concat',
  'UTL_RAW.LENGTH': 'ora.utl_raw_length',
  'UTL_RAW.CAST_TO_RAW': 'ora.utl_raw_cast_to_raw',
  'UTL_I18N.STRING_TO_RAW': 'ora.utl_i18n_string_to_raw',
};
