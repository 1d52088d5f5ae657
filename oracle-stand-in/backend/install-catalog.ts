import type { Client } from 'pg';
import { PLSQL_FUNCTIONS } from '../plsql/runtime-functions';
import { CATALOG_FUNCTIONS } from './catalog-functions';
import { ADMINISTRATORS_VIEWS, CATALOG_CHECKS, CATALOG_TABLES, CATALOG_VIEWS } from './catalog-tables';
import { TEXT_FUNCTIONS } from './catalog-text-functions';
import type { ServerCharacters } from './server-characters';

/** Lock that lets one server process install at a time. The next one finds the work done. */
const INSTALL_LOCK = 0x0a_c1e;

const ofCharacters = ({ name, byteLength, encoding }: ServerCharacters): readonly string[] => [
  `CREATE OR REPLACE FUNCTION ora.byte_length(t text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $f$ SELECT ${byteLength('t')} $f$`,
  `CREATE OR REPLACE FUNCTION ora.dump(v anyelement, format numeric, first numeric, length numeric) RETURNS varchar LANGUAGE plpgsql IMMUTABLE AS $f$
   DECLARE b bytea; BEGIN
     IF v IS NULL THEN RETURN 'NULL'; END IF;
     IF pg_catalog.pg_typeof(v)::text ~ 'lob$' THEN PERFORM ora.raise_error(932, 'inconsistent datatypes: expected - got CLOB'); END IF;
     b := pg_catalog.convert_to(v::text, '${encoding}');
     RETURN pg_catalog.format('Typ=1 Len=%s CharacterSet=${name}: %s', pg_catalog.octet_length(b), pg_catalog.regexp_replace(pg_catalog.regexp_replace(
       pg_catalog.encode(pg_catalog.substr(b, first::int, length::int), 'hex'), '0?(..?)(?=(..)*$)', '\\1,', 'g'), ',$', ''));
   END $f$`,
  `CREATE OR REPLACE VIEW ora.nls_database_parameters AS
     SELECT * FROM (VALUES ('NLS_CHARACTERSET'::varchar, '${name}'::varchar), ('NLS_NCHAR_CHARACTERSET', 'AL16UTF16')) AS p (parameter, value)`,
];

/** Creates the schema `ora` in the database, unless it is complete. */
export const installCatalog = async (client: Client, characters: ServerCharacters): Promise<void> => {
  await client.query('SELECT pg_advisory_lock($1)', [INSTALL_LOCK]);
  try {
    const { rows } = await client.query(`SELECT to_regclass('ora.database_ready') IS NOT NULL AS ready`);
    if (rows[0].ready) return;
    for (const sql of [
      ...CATALOG_TABLES,
      ...TEXT_FUNCTIONS,
      ...CATALOG_FUNCTIONS,
      ...PLSQL_FUNCTIONS,
      CATALOG_CHECKS,
      ...CATALOG_VIEWS,
      ...ofCharacters(characters),
    ])
      await client.query(sql);
    await client.query('GRANT SELECT ON ALL TABLES IN SCHEMA ora TO PUBLIC');
    // Passwords must stay hidden.
    await client.query('REVOKE ALL ON ora.accounts FROM PUBLIC');
    await client.query('REVOKE ALL ON ora.object_grants FROM PUBLIC');
    await client.query(`DO $$ DECLARE v regclass; BEGIN
      FOR v IN ${ADMINISTRATORS_VIEWS} LOOP EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', v); END LOOP; END $$`);
    await client.query('CREATE TABLE ora.database_ready ()');
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [INSTALL_LOCK]);
  }
};
