import { sqlFunction, text } from './catalog-ddl';

/**
 * Regular expressions as in Oracle: all matches are replaced, a dot does not match a line end
 * without 'n', '' is NULL.
 */
const PATTERNS = [
  sqlFunction(
    'pattern_flags',
    'p text, f text',
    'text',
    `SELECT pg_catalog.translate(coalesce(f, 'c'), 'nm', 'sw') OPERATOR(pg_catalog.||) CASE WHEN f ~ '[nm]' OR p ~ '\\[\\^' THEN '' ELSE 'p' END`,
  ),
  sqlFunction(
    'regexp_like',
    's text, p text',
    'boolean',
    'SELECT pg_catalog.regexp_like(s, p, ora.pattern_flags(p, NULL))',
  ),
  sqlFunction(
    'regexp_like',
    's text, p text, f text',
    'boolean',
    'SELECT pg_catalog.regexp_like(s, p, ora.pattern_flags(p, f))',
  ),
  text(
    'regexp_replace',
    's text, p text',
    `pg_catalog.regexp_replace(s, p, '', 'g' OPERATOR(pg_catalog.||) ora.pattern_flags(p, NULL))`,
  ),
  text(
    'regexp_replace',
    's text, p text, r text',
    `pg_catalog.regexp_replace(s, p, coalesce(r, ''), 'g' OPERATOR(pg_catalog.||) ora.pattern_flags(p, NULL))`,
  ),
];

const HASHES = [
  'CREATE EXTENSION IF NOT EXISTS pgcrypto SCHEMA ora',
  sqlFunction('standard_hash', 'b bytea, m text', 'bytea', 'SELECT ora.digest(b, lower(m))'),
  sqlFunction('standard_hash', 'b bytea', 'bytea', `SELECT ora.digest(b, 'sha1')`),
  sqlFunction(
    'standard_hash',
    's text, m text',
    'bytea',
    `SELECT ora.digest(pg_catalog.convert_to(s, 'UTF8'), lower(m))`,
  ),
  sqlFunction('standard_hash', 's text', 'bytea', `SELECT ora.digest(pg_catalog.convert_to(s, 'UTF8'), 'sha1')`),
];

/** Functions on texts, patterns and hashes as in Oracle. */
export const TEXT_FUNCTIONS: readonly string[] = [
  ...PATTERNS,
  ...HASHES,
  text('translate', 's text, a text, b text', 'pg_catalog.translate(s, a, b)'),
  // Counts UTF-16 code units.
  sqlFunction(
    'length2',
    's text',
    'numeric',
    `SELECT nullif(pg_catalog.char_length(s) OPERATOR(pg_catalog.+) pg_catalog.regexp_count(s, '[\\U00010000-\\U0010FFFF]'), 0)::numeric`,
  ),
  sqlFunction(
    'to_hexadecimal',
    'n numeric, f text',
    'text',
    `SELECT CASE WHEN n IS NULL THEN NULL WHEN n < 0 OR length(pg_catalog.to_hex(round(n)::bigint)) > length(ltrim(f, 'FM')) THEN pg_catalog.repeat('#', length(ltrim(f, 'FM'))::int OPERATOR(pg_catalog.+) 1)
       WHEN f ~ '^(FM)?0' THEN CASE WHEN f LIKE 'FM%' THEN '' ELSE ' ' END OPERATOR(pg_catalog.||)
         pg_catalog.lpad(upper(pg_catalog.to_hex(round(n)::bigint)), length(ltrim(f, 'FM'))::int, '0')
       WHEN f LIKE 'FM%' THEN upper(pg_catalog.to_hex(round(n)::bigint))
       ELSE pg_catalog.lpad(upper(pg_catalog.to_hex(round(n)::bigint)), length(f)::int OPERATOR(pg_catalog.+) 1) END`,
  ),
];
