import { operator, sqlFunction, text } from './catalog-ddl';
import { DAYS, END_OF_TIME, TRUNCATED, ZONED } from './catalog-times';

const LETTERS = `'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'`;

/**
 * Translates Oracle's date and time formats to PostgreSQL's for output, which has FF1 to FF6 and no
 * more digits.
 */
const FORMAT = `replace(regexp_replace(upper(f), 'FF[7-9]', 'FF6"000"', 'g'), 'RR', 'YY')`;
/** Does the same for input: any number of digits is read, and the first six are kept. */
const READ_FORMAT = `replace(regexp_replace(upper(f), 'FF[0-9]?', 'US', 'g'), 'RR', 'YY')`;
const SIX_DIGITS = `pg_catalog.regexp_replace(s, '(\\.\\d{6})\\d+', '\\1')`;
/** Reads a time. Two-digit years mean 1970 to 2069 in PostgreSQL, 1950 to 2049 in Oracle's RR. */
const read = (type: string): string =>
  `SELECT CASE WHEN upper(f) ~ 'RR' AND upper(f) !~ 'RRRR' AND extract(year FROM t) BETWEEN 2050 AND 2069
     THEN t OPERATOR(pg_catalog.-) interval '100 years' ELSE t END::${type} FROM pg_catalog.to_timestamp(${SIX_DIGITS}, ${READ_FORMAT}) AS t`;

/**
 * Writes a time. Refuses FF without a number: its digits follow from the value's type, which a
 * function does not know.
 */
const written = (value: string): string =>
  `SELECT CASE WHEN upper(f) ~ 'FF([^1-9]|$)' THEN ora.refuse('FF without a number in TO_CHAR') ELSE pg_catalog.to_char(${value}, ${FORMAT}) END`;

/** Case functions that cover the letters of all languages, independent of the database's locale. */
const LETTER_CASES = ['upper', 'lower', 'initcap'].map((name) =>
  text(name, 's text', `pg_catalog.${name}(s COLLATE pg_catalog.pg_c_utf8)`),
);

const PADDED = ['lpad', 'rpad'].flatMap((name) => [
  text(name, 's text, n numeric', `pg_catalog.${name}(s, n::int)`),
  text(name, 's text, n numeric, f text', `pg_catalog.${name}(s, n::int, f)`),
]);

const TRIMMED = ['ltrim', 'rtrim'].flatMap((name) => [
  text(name, 's text', `pg_catalog.${name}(s)`),
  text(name, 's text, c text', `pg_catalog.${name}(s, c)`),
]);

/** Concatenation in which NULL counts as an empty text. */
const CONCATENATION = [
  ['text', 'text'],
  ['text', 'numeric'],
  ['numeric', 'text'],
].flatMap(([left, right]) => [
  sqlFunction(
    'concat_null',
    `a ${left}, b ${right}`,
    'text',
    `SELECT nullif(coalesce(ora.to_char(a), '') OPERATOR(pg_catalog.||) coalesce(ora.to_char(b), ''), '')`,
  ),
  operator('||', left!, right!, 'concat_null'),
]);

/**
 * Oracle's functions that PostgreSQL lacks, or has under the same name with another meaning. '' is
 * NULL everywhere.
 */
export const CATALOG_FUNCTIONS: readonly string[] = [
  sqlFunction('swap_case', 's text', 'text', `SELECT pg_catalog.translate(s, ${LETTERS})`),
  sqlFunction(
    'raise_error',
    'n int, message text',
    'void',
    `BEGIN RAISE EXCEPTION USING ERRCODE = 'ORA00', MESSAGE = message, DETAIL = n::text; END`,
    'VOLATILE',
  ).replace('LANGUAGE sql', 'LANGUAGE plpgsql'),
  sqlFunction(
    'refuse',
    'what text',
    'text',
    `BEGIN PERFORM ora.raise_error(3001, 'unimplemented feature (of the stand-in, not of Oracle): ' OPERATOR(pg_catalog.||) what); RETURN NULL; END`,
    'VOLATILE',
  ).replace('LANGUAGE sql', 'LANGUAGE plpgsql'),
  sqlFunction('length', 's text', 'numeric', 'SELECT nullif(pg_catalog.char_length(s), 0)::numeric'),
  text(
    'substr',
    's text, a numeric',
    'CASE WHEN a < 0 THEN pg_catalog.right(s, -a::int) ELSE pg_catalog.substr(s, greatest(a, 1)::int) END',
  ),
  text(
    'substr',
    's text, a numeric, n numeric',
    `CASE WHEN n < 1 THEN NULL WHEN a < 0 THEN pg_catalog.left(pg_catalog.right(s, -a::int), n::int) ELSE pg_catalog.substr(s, greatest(a, 1)::int, n::int) END`,
  ),
  sqlFunction('instr', 's text, p text', 'numeric', 'SELECT pg_catalog.strpos(s, p)::numeric'),
  text('replace', 's text, a text', `pg_catalog.replace(s, a, '')`),
  text('replace', 's text, a text, b text', `pg_catalog.replace(s, coalesce(a, ''), coalesce(b, ''))`),
  text('trim', 's text', 'pg_catalog.btrim(s)'),
  ...TRIMMED,
  ...LETTER_CASES,
  ...PADDED,
  ...TRUNCATED,
  sqlFunction('trunc', 'n numeric', 'numeric', 'SELECT pg_catalog.trunc(n)'),
  sqlFunction('trunc', 'n numeric, d numeric', 'numeric', 'SELECT pg_catalog.trunc(n, d::int)'),
  // Without a zero before the decimal point.
  sqlFunction(
    'to_char',
    'n numeric',
    'text',
    `SELECT pg_catalog.regexp_replace(pg_catalog.trim_scale(n)::text, '^(-?)0\\.', '\\1.')`,
  ),
  sqlFunction('to_char', 's text', 'text', 'SELECT s'),
  sqlFunction(
    'to_char',
    'n numeric, f text',
    'text',
    `SELECT CASE WHEN upper(f) ~ '^(FM)?0?X+$' THEN ora.to_hexadecimal(n, upper(f)) ELSE pg_catalog.to_char(n, f) END`,
  ),
  sqlFunction('to_char', 't timestamp, f text', 'text', written('t'), 'STABLE'),
  sqlFunction('to_char', 't timestamptz, f text', 'text', written('t'), 'STABLE'),
  sqlFunction('to_number', 's text', 'numeric', 'SELECT s::numeric'),
  sqlFunction('to_number', 'n numeric', 'numeric', 'SELECT n'),
  sqlFunction('to_clob', 's text', 'text', 'SELECT s'),
  sqlFunction('to_timestamp', 's text, f text', 'timestamp', read('timestamp'), 'STABLE'),
  sqlFunction('to_timestamp_tz', 's text, f text', 'timestamptz', read('timestamptz'), 'STABLE'),
  sqlFunction('to_date', 's text, f text', 'ora.date', read('timestamp(0)'), 'STABLE'),
  sqlFunction('sys_extract_utc', 't timestamptz', 'timestamp', `SELECT t AT TIME ZONE 'UTC'`),
  ...ZONED,
  sqlFunction(
    'add_months',
    't timestamp, n numeric',
    'timestamp',
    `SELECT t OPERATOR(pg_catalog.+) pg_catalog.make_interval(months => n::int)`,
  ),
  sqlFunction(
    'last_day',
    't timestamp',
    'timestamp',
    `SELECT pg_catalog.date_trunc('month', t) OPERATOR(pg_catalog.+) interval '1 month' OPERATOR(pg_catalog.-) interval '1 day'`,
  ),
  sqlFunction(
    'numtodsinterval',
    'n numeric, u text',
    'interval',
    `SELECT pg_catalog.make_interval(secs => (n * CASE upper(u) WHEN 'DAY' THEN 86400 WHEN 'HOUR' THEN 3600 WHEN 'MINUTE' THEN 60 WHEN 'SECOND' THEN 1 END)::float8)`,
  ),
  sqlFunction('sys_guid', '', 'bytea', `SELECT pg_catalog.uuid_send(pg_catalog.gen_random_uuid())`, 'VOLATILE'),
  sqlFunction('rawtohex', 'b bytea', 'text', `SELECT upper(pg_catalog.encode(b, 'hex'))`),
  sqlFunction('hextoraw', 's text', 'bytea', `SELECT pg_catalog.decode(s, 'hex')`),
  sqlFunction(
    'ora_hash',
    's text, n numeric',
    'numeric',
    'SELECT ((pg_catalog.hashtext(s)::bigint + 2147483648) % (n::bigint + 1))::numeric',
  ),
  sqlFunction('rowidtochar', 't tid', 'text', 'SELECT t::text'),
  `CREATE OR REPLACE FUNCTION ora.chartorowid(s text) RETURNS tid LANGUAGE plpgsql IMMUTABLE AS $f$
   DECLARE
     digits constant text := 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
     block bigint := 0; slot bigint := 0;
   BEGIN
     IF s LIKE '(%' THEN RETURN s::tid; END IF;
     IF pg_catalog.length(s) <> 18 THEN PERFORM ora.raise_error(1410, 'invalid ROWID'); END IF;
     FOR i IN 10..15 LOOP block := block * 64 + pg_catalog.strpos(digits, pg_catalog.substr(s, i, 1)) - 1; END LOOP;
     FOR i IN 16..18 LOOP slot := slot * 64 + pg_catalog.strpos(digits, pg_catalog.substr(s, i, 1)) - 1; END LOOP;
     RETURN ('(' OPERATOR(pg_catalog.||) block::text OPERATOR(pg_catalog.||) ',' OPERATOR(pg_catalog.||) slot::text OPERATOR(pg_catalog.||) ')')::tid;
   END $f$`,
  sqlFunction(
    'sys_context',
    'n text, p text',
    'text',
    `SELECT CASE upper(n) WHEN 'USERENV' THEN nullif(pg_catalog.current_setting(('ora.' OPERATOR(pg_catalog.||) lower(p)), true), '') END`,
    'STABLE',
  ),
  ...DAYS,
  ...END_OF_TIME,
  ...CONCATENATION,
];
