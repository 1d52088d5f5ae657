/**
 * Tables for the contents of Oracle's dictionary that PostgreSQL does not have. Names are stored as
 * in Oracle: in upper case unless quoted.
 */
export const CATALOG_TABLES: readonly string[] = [
  'CREATE SCHEMA IF NOT EXISTS ora',
  'GRANT USAGE ON SCHEMA ora TO PUBLIC',
  'CREATE TABLE IF NOT EXISTS ora.accounts (username text PRIMARY KEY, role_name name NOT NULL, password text, locked boolean NOT NULL DEFAULT false, is_role boolean NOT NULL DEFAULT false, default_tablespace text, created timestamptz NOT NULL DEFAULT now())',
  'CREATE TABLE IF NOT EXISTS ora.system_privileges (grantee text, privilege text, PRIMARY KEY (grantee, privilege))',
  'CREATE TABLE IF NOT EXISTS ora.granted_roles (grantee text, granted_role text, admin_option boolean NOT NULL DEFAULT false, PRIMARY KEY (grantee, granted_role))',
  // Tables on which SELECT was granted as READ.
  'CREATE TABLE IF NOT EXISTS ora.read_grants (grantee text, relation regclass, PRIMARY KEY (grantee, relation))',
  // Privileges granted WITH ADMIN OPTION.
  'CREATE TABLE IF NOT EXISTS ora.admin_options (grantee text, privilege text, PRIMARY KEY (grantee, privilege))',
  'CREATE TABLE IF NOT EXISTS ora.quotas (username text, tablespace_name text, bytes bigint NOT NULL, PRIMARY KEY (username, tablespace_name))',
  'CREATE TABLE IF NOT EXISTS ora.tablespaces (tablespace_name text PRIMARY KEY, contents text NOT NULL)',
  'CREATE TABLE IF NOT EXISTS ora.synonyms (owner text, synonym_name text, table_owner text NOT NULL, table_name text NOT NULL, PRIMARY KEY (owner, synonym_name))',
  'CREATE TABLE IF NOT EXISTS ora.placements (owner text, segment_name text, tablespace_name text NOT NULL, PRIMARY KEY (owner, segment_name))',
  `CREATE TABLE IF NOT EXISTS ora.sources (owner text, name text, type text, text text NOT NULL, PRIMARY KEY (owner, name, type))`,
  // Errors that the compiler found.
  `CREATE TABLE IF NOT EXISTS ora.code_errors (owner text, name text, type text, line numeric, text text)`,
  `INSERT INTO ora.tablespaces VALUES ('SYSTEM', 'PERMANENT'), ('SYSAUX', 'PERMANENT'), ('USERS', 'PERMANENT'), ('UNDOTBS1', 'UNDO'), ('TEMP', 'TEMPORARY') ON CONFLICT DO NOTHING`,
  // Domains whose names keep Oracle's types. Others are created on demand.
  `DO $$ BEGIN
     CREATE DOMAIN ora.clob AS text; CREATE DOMAIN ora.nclob AS text; CREATE DOMAIN ora.blob AS bytea; CREATE DOMAIN ora.date AS timestamp(0);
   EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
];

const NAME = (column: string): string => `ora.swap_case(${column}::text)`;

const IS_DBA = `EXISTS (SELECT 1 FROM ora.system_privileges p WHERE p.grantee = ora.sys_context('USERENV', 'SESSION_USER') AND p.privilege = 'DBA')`;

/** Condition for what the session may access: the ALL_ views show no more. A DBA sees all. */
const ACCESSIBLE = `(${IS_DBA} OR pg_has_role(c.relowner, 'USAGE') OR has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE') OR has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE'))`;

const USER_VIEW = (name: string, all: string, owner = 'owner'): string =>
  `CREATE OR REPLACE VIEW ora.user_${name} AS SELECT * FROM ${all} WHERE ${owner} = ora.sys_context('USERENV', 'CURRENT_SCHEMA')`;

/** The dictionary views that tools use. Their other columns in Oracle are ORA-00904 here. */
export const CATALOG_VIEWS: readonly string[] = [
  `CREATE OR REPLACE VIEW ora.dual AS SELECT 'X'::varchar AS dummy`,
  `CREATE OR REPLACE VIEW ora.all_tables AS
     SELECT ${NAME('n.nspname')}::varchar AS owner, ${NAME('c.relname')}::varchar AS table_name, p.tablespace_name::varchar,
            greatest(c.reltuples, 0)::numeric AS num_rows
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN ora.accounts a ON a.username = ${NAME('n.nspname')}
       LEFT JOIN ora.placements p ON p.owner = a.username AND p.segment_name = ${NAME('c.relname')}
      WHERE c.relkind = 'r' AND ${ACCESSIBLE}`,
  USER_VIEW('tables', 'ora.all_tables'),
  `CREATE OR REPLACE VIEW ora.all_views AS
     SELECT ${NAME('n.nspname')}::varchar AS owner, ${NAME('c.relname')}::varchar AS view_name
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN ora.accounts a ON a.username = ${NAME('n.nspname')} WHERE c.relkind = 'v' AND ${ACCESSIBLE}`,
  USER_VIEW('views', 'ora.all_views'),
  `CREATE OR REPLACE VIEW ora.all_tab_columns AS
     SELECT ${NAME('n.nspname')}::varchar AS owner, ${NAME('c.relname')}::varchar AS table_name, ${NAME('a.attname')}::varchar AS column_name,
            CASE t.typname WHEN 'numeric' THEN 'NUMBER' WHEN 'int8' THEN 'NUMBER' WHEN 'float8' THEN 'BINARY_DOUBLE' WHEN 'tid' THEN 'ROWID'
                 WHEN 'timestamp' THEN concat('TIMESTAMP(', CASE WHEN a.atttypmod < 0 THEN 6 ELSE a.atttypmod END, ')')
                 WHEN 'timestamptz' THEN concat('TIMESTAMP(', CASE WHEN a.atttypmod < 0 THEN 6 ELSE a.atttypmod END, ') WITH TIME ZONE')
                 ELSE upper(regexp_replace(t.typname::text, '_\\d+(_(char|byte))?$', '')) END::varchar AS data_type,
            CASE WHEN a.attnotnull THEN 'N' ELSE 'Y' END::varchar AS nullable, a.attnum::numeric AS column_id,
            coalesce(substring(t.typname::text FROM '_(\\d+)_(?:char|byte)$')::numeric, 0) AS char_length,
            CASE substring(t.typname::text FROM '_\\d+_(char|byte)$') WHEN 'char' THEN 'C' WHEN 'byte' THEN 'B' END::varchar AS char_used,
            (SELECT pg_catalog.length(pg_get_expr(d.adbin, d.adrelid)) FROM pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum)::numeric AS default_length,
            CASE WHEN a.attidentity <> '' THEN 'YES' ELSE 'NO' END::varchar AS identity_column
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
       JOIN ora.accounts o ON o.username = ${NAME('n.nspname')}
      WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v') AND ${ACCESSIBLE}`,
  USER_VIEW('tab_columns', 'ora.all_tab_columns'),
  `CREATE OR REPLACE VIEW ora.all_indexes AS
     SELECT ${NAME('n.nspname')}::varchar AS owner, ${NAME('i.relname')}::varchar AS index_name, ${NAME('t.relname')}::varchar AS table_name,
            CASE WHEN x.indisunique THEN 'UNIQUE' ELSE 'NONUNIQUE' END::varchar AS uniqueness, p.tablespace_name::varchar, 'VALID'::varchar AS status
       FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace n ON n.oid = i.relnamespace
       JOIN ora.accounts a ON a.username = ${NAME('n.nspname')}
       LEFT JOIN ora.placements p ON p.owner = a.username AND p.segment_name = ${NAME('i.relname')}`,
  USER_VIEW('indexes', 'ora.all_indexes'),
  `CREATE OR REPLACE VIEW ora.all_ind_expressions AS
     SELECT i.owner AS index_owner, i.index_name, i.owner AS table_owner, i.table_name, pg_get_indexdef(c.oid)::varchar AS column_expression, 1::numeric AS column_position
       FROM ora.all_indexes i JOIN pg_class c ON ${NAME('c.relname')} = i.index_name JOIN pg_index x ON x.indexrelid = c.oid WHERE x.indexprs IS NOT NULL`,
  // Partitions are not modelled: each table is a single one.
  `CREATE OR REPLACE VIEW ora.user_tab_partitions AS SELECT NULL::varchar AS table_name, NULL::varchar AS partition_name, NULL::varchar AS tablespace_name WHERE false`,
  `CREATE OR REPLACE VIEW ora.user_ind_partitions AS SELECT NULL::varchar AS index_name, NULL::varchar AS partition_name, NULL::varchar AS tablespace_name, NULL::varchar AS status WHERE false`,
  `CREATE OR REPLACE VIEW ora.all_constraints AS
     SELECT ${NAME('n.nspname')}::varchar AS owner, ${NAME('k.conname')}::varchar AS constraint_name, ${NAME('c.relname')}::varchar AS table_name,
            CASE k.contype WHEN 'p' THEN 'P' WHEN 'u' THEN 'U' WHEN 'f' THEN 'R' ELSE 'C' END::varchar AS constraint_type, 'ENABLED'::varchar AS status
       FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN ora.accounts a ON a.username = ${NAME('n.nspname')} WHERE k.contype <> 'n'`,
  USER_VIEW('constraints', 'ora.all_constraints'),
  `CREATE OR REPLACE VIEW ora.all_objects AS
     SELECT owner, table_name AS object_name, 'TABLE'::varchar AS object_type, 'VALID'::varchar AS status FROM ora.all_tables
     UNION ALL SELECT owner, view_name, 'VIEW'::varchar, 'VALID'::varchar FROM ora.all_views
     UNION ALL SELECT owner, index_name, 'INDEX'::varchar, 'VALID'::varchar FROM ora.all_indexes
     UNION ALL SELECT owner::varchar, synonym_name::varchar, 'SYNONYM'::varchar, 'VALID'::varchar FROM ora.synonyms
     UNION ALL SELECT owner::varchar, name::varchar, type::varchar,
       CASE WHEN EXISTS (SELECT 1 FROM ora.code_errors e WHERE e.owner = s.owner AND e.name = s.name) THEN 'INVALID' ELSE 'VALID' END::varchar FROM ora.sources s`,
  USER_VIEW('objects', 'ora.all_objects'),
  // A DBA sees the objects of all users. Indexes and code are omitted.
  `CREATE OR REPLACE VIEW ora.dba_objects AS
     SELECT ${NAME('n.nspname')}::varchar AS owner, ${NAME('c.relname')}::varchar AS object_name, CASE c.relkind WHEN 'r' THEN 'TABLE' ELSE 'VIEW' END::varchar AS object_type
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN ora.accounts a ON a.username = ${NAME('n.nspname')} WHERE c.relkind IN ('r', 'v')
     UNION ALL SELECT owner::varchar, synonym_name::varchar, 'SYNONYM'::varchar FROM ora.synonyms`,
  `CREATE OR REPLACE VIEW ora.all_synonyms AS SELECT owner::varchar, synonym_name::varchar, table_owner::varchar, table_name::varchar FROM ora.synonyms`,
  USER_VIEW('synonyms', 'ora.all_synonyms'),
  `CREATE OR REPLACE VIEW ora.dba_synonyms AS SELECT * FROM ora.all_synonyms`,
  `CREATE OR REPLACE VIEW ora.all_errors AS
     SELECT owner::varchar, name::varchar, type::varchar, line, text::varchar, 'ERROR'::varchar AS attribute FROM ora.code_errors`,
  USER_VIEW('errors', 'ora.all_errors'),
  `CREATE OR REPLACE VIEW ora.all_triggers AS
     SELECT owner::varchar, name::varchar AS trigger_name,
            CASE WHEN EXISTS (SELECT 1 FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
                               WHERE starts_with(t.tgname, ora.swap_case(s.name) || '$') AND t.tgenabled = 'D' AND c.relnamespace::regnamespace::text = quote_ident(ora.swap_case(s.owner)))
                 THEN 'DISABLED' ELSE 'ENABLED' END::varchar AS status
       FROM ora.sources s WHERE type = 'TRIGGER'`,
  USER_VIEW('triggers', 'ora.all_triggers'),
  `CREATE OR REPLACE VIEW ora.dba_tablespaces AS SELECT tablespace_name::varchar, contents::varchar, 'ONLINE'::varchar AS status FROM ora.tablespaces`,
  // Tablespaces in which the session's account may store something.
  `CREATE OR REPLACE VIEW ora.user_tablespaces AS SELECT * FROM ora.dba_tablespaces t
    WHERE EXISTS (SELECT 1 FROM ora.quotas q WHERE q.tablespace_name = t.tablespace_name AND q.username = ora.sys_context('USERENV', 'SESSION_USER'))
       OR EXISTS (SELECT 1 FROM ora.system_privileges p WHERE p.grantee = ora.sys_context('USERENV', 'SESSION_USER') AND p.privilege IN ('UNLIMITED TABLESPACE', 'DBA'))`,
  `CREATE OR REPLACE VIEW ora.dba_users AS
     SELECT username::varchar, CASE WHEN locked THEN 'LOCKED' ELSE 'OPEN' END::varchar AS account_status, default_tablespace::varchar, created::timestamp AS created
       FROM ora.accounts WHERE NOT is_role`,
  `CREATE OR REPLACE VIEW ora.user_users AS
     SELECT username, account_status, NULL::timestamp(0) AS expiry_date, coalesce(default_tablespace, 'USERS')::varchar AS default_tablespace
       FROM ora.dba_users WHERE username = ora.sys_context('USERENV', 'SESSION_USER')`,
  `CREATE OR REPLACE VIEW ora.user_resource_limits AS
     SELECT * FROM (VALUES ('SESSIONS_PER_USER'::varchar, 'UNLIMITED'::varchar), ('IDLE_TIME', 'UNLIMITED'), ('CONNECT_TIME', 'UNLIMITED')) AS l (resource_name, "limit")`,
  `CREATE OR REPLACE VIEW ora.all_users AS SELECT username, created FROM ora.dba_users`,
  `CREATE OR REPLACE VIEW ora.dba_roles AS SELECT username::varchar AS role FROM ora.accounts WHERE is_role`,
  `CREATE OR REPLACE VIEW ora.dba_role_privs AS SELECT grantee::varchar, granted_role::varchar FROM ora.granted_roles`,
  `CREATE OR REPLACE VIEW ora.dba_sys_privs AS SELECT grantee::varchar, privilege::varchar FROM ora.system_privileges`,
  `CREATE OR REPLACE VIEW ora.user_role_privs AS SELECT grantee AS username, granted_role FROM ora.dba_role_privs WHERE grantee = ora.sys_context('USERENV', 'SESSION_USER')`,
  `CREATE OR REPLACE VIEW ora.session_privs AS
     SELECT DISTINCT privilege::varchar FROM ora.system_privileges
      WHERE grantee = ora.sys_context('USERENV', 'SESSION_USER')
         OR grantee IN (SELECT granted_role FROM ora.granted_roles WHERE grantee = ora.sys_context('USERENV', 'SESSION_USER'))`,
  `CREATE OR REPLACE VIEW ora.session_roles AS SELECT granted_role AS role FROM ora.user_role_privs`,
  `CREATE OR REPLACE VIEW ora.dba_ts_quotas AS SELECT tablespace_name::varchar, username::varchar, 0::numeric AS bytes, bytes::numeric AS max_bytes FROM ora.quotas`,
  `CREATE OR REPLACE VIEW ora.user_ts_quotas AS SELECT tablespace_name, bytes, max_bytes FROM ora.dba_ts_quotas WHERE username = ora.sys_context('USERENV', 'SESSION_USER')`,
  `CREATE OR REPLACE VIEW ora.object_grants AS
     SELECT a.username::varchar AS grantee, ${NAME('n.nspname')}::varchar AS owner, ${NAME('c.relname')}::varchar AS table_name, NULL::varchar AS column_name,
            CASE WHEN x.privilege_type = 'SELECT' AND EXISTS (SELECT 1 FROM ora.read_grants g WHERE g.grantee = a.username AND g.relation = c.oid) THEN 'READ' ELSE x.privilege_type END::varchar AS privilege, CASE WHEN x.is_grantable THEN 'YES' ELSE 'NO' END::varchar AS grantable
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN aclexplode(c.relacl) x
       JOIN pg_roles r ON r.oid = x.grantee JOIN ora.accounts a ON a.role_name = r.rolname JOIN ora.accounts o ON o.username = ${NAME('n.nspname')}
      WHERE x.grantee <> c.relowner AND c.relkind IN ('r', 'v')
     UNION ALL
     SELECT a.username::varchar, ${NAME('n.nspname')}::varchar, ${NAME('c.relname')}::varchar, ${NAME('t.attname')}::varchar, x.privilege_type::varchar, CASE WHEN x.is_grantable THEN 'YES' ELSE 'NO' END::varchar
       FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN aclexplode(t.attacl) x
       JOIN pg_roles r ON r.oid = x.grantee JOIN ora.accounts a ON a.role_name = r.rolname JOIN ora.accounts o ON o.username = ${NAME('n.nspname')}
      WHERE x.grantee <> c.relowner AND NOT t.attisdropped`,
  `CREATE OR REPLACE VIEW ora.dba_tab_privs AS SELECT grantee, owner, table_name, privilege, grantable FROM ora.object_grants WHERE column_name IS NULL`,
  `CREATE OR REPLACE VIEW ora.dba_col_privs AS SELECT grantee, owner, table_name, column_name, privilege, grantable FROM ora.object_grants WHERE column_name IS NOT NULL`,
  `CREATE OR REPLACE VIEW ora.user_tab_privs AS
     SELECT * FROM ora.dba_tab_privs WHERE ora.sys_context('USERENV', 'SESSION_USER') IN (owner, grantee)`,
  `CREATE OR REPLACE VIEW ora.user_col_privs AS
     SELECT * FROM ora.dba_col_privs WHERE ora.sys_context('USERENV', 'SESSION_USER') IN (owner, grantee)`,
  `CREATE OR REPLACE VIEW ora.role_tab_privs AS
     SELECT grantee AS role, owner, table_name, column_name, privilege FROM ora.object_grants WHERE grantee IN (SELECT role FROM ora.session_roles)`,
  `CREATE OR REPLACE VIEW ora.all_tab_privs AS
     SELECT owner AS table_schema, table_name, grantee, privilege FROM ora.dba_tab_privs
      WHERE ora.sys_context('USERENV', 'SESSION_USER') IN (owner, grantee) OR grantee IN (SELECT role FROM ora.session_roles)`,
  `CREATE OR REPLACE VIEW ora."v$version" AS SELECT 'Oracle Database 19c (stand-in for tests, not Oracle)'::varchar AS banner, '19.3.0.0.0'::varchar AS banner_full`,
  `CREATE OR REPLACE VIEW ora.product_component_version AS SELECT 'Oracle Database 19c (stand-in)'::varchar AS product, '19.0.0.0.0'::varchar AS version, '19.3.0.0.0'::varchar AS version_full`,
  `CREATE OR REPLACE VIEW ora."v$option" AS SELECT 'Partitioning'::varchar AS parameter, 'FALSE'::varchar AS value`,
  `CREATE OR REPLACE VIEW ora."v$parameter" AS
     SELECT * FROM (VALUES ('open_cursors'::varchar, '300'::varchar), ('processes', '300'), ('sessions', '472'), ('compatible', '19.0.0'), ('cursor_sharing', 'EXACT'), ('max_idle_blocker_time', '0')) AS p (name, value)`,
  `CREATE OR REPLACE VIEW ora."v$resource_limit" AS
     SELECT * FROM (VALUES ('processes'::varchar, 40::numeric, 60::numeric, '300'::varchar), ('sessions', 45, 70, '472'))
       AS l (resource_name, current_utilization, max_utilization, limit_value)`,
  `CREATE OR REPLACE VIEW ora.dba_tablespace_usage_metrics AS SELECT tablespace_name::varchar, 1::numeric AS used_percent FROM ora.tablespaces`,
  `CREATE OR REPLACE VIEW ora."v$instance" AS SELECT 'STANDIN'::varchar AS instance_name, '19.0.0.0.0'::varchar AS version, 'OPEN'::varchar AS status`,
  `CREATE OR REPLACE VIEW ora."v$session" AS
     SELECT pid::numeric AS sid, 1::numeric AS "serial#", substr(application_name, 17)::varchar AS username, (pg_blocking_pids(pid))[1]::numeric AS blocking_session
       FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'oracle-stand-in %'`,
  `CREATE OR REPLACE VIEW ora."gv$session" AS SELECT 1::numeric AS inst_id, s.* FROM ora."v$session" s`,
  `CREATE OR REPLACE VIEW ora.database_properties AS SELECT 'DEFAULT_PERMANENT_TABLESPACE'::varchar AS property_name, 'USERS'::varchar AS property_value`,
];

/** Selects the views that Oracle shows to administrators only. */
export const ADMINISTRATORS_VIEWS = `SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace = 'ora'::regnamespace AND c.relkind = 'v'
   AND c.relname ~ '^(dba_|g?v\\$(parameter|instance|resource_limit|session)$)'`;

/**
 * Creates a table's check trigger from its types. It enforces what PostgreSQL would not: lengths,
 * '' as NULL, numbers for identities given NULL.
 */
export const CATALOG_CHECKS = `CREATE OR REPLACE FUNCTION ora.install_checks(t regclass) RETURNS void LANGUAGE plpgsql AS $f$
DECLARE
  r record; checks text := ''; place text; owner_role text;
BEGIN
  SELECT ora.swap_case(n.nspname::text) AS s, ora.swap_case(c.relname::text) AS n, c.relowner::regrole::text AS o, c.oid INTO r FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = t;
  place := pg_catalog.format('"%s"."%s"', r.s, r.n); owner_role := r.o;
  FOR r IN SELECT a.attname, ty.typname, a.attidentity, (pg_catalog.regexp_match(ty.typname, '^n?(varchar2|char)_(\\d+)_(char|byte)$')) AS m,
                  (pg_catalog.regexp_match(ty.typname, '^raw_(\\d+)$'))[1] AS raw_length
             FROM pg_attribute a JOIN pg_type ty ON ty.oid = a.atttypid WHERE a.attrelid = t AND a.attnum > 0 AND NOT a.attisdropped LOOP
    IF r.typname IN ('clob', 'nclob') OR r.m IS NOT NULL THEN
      checks := pg_catalog.concat(checks, pg_catalog.format('IF NEW.%1$I = '''' THEN NEW.%1$I := NULL; END IF; ', r.attname));
    END IF;
    IF r.m IS NOT NULL OR r.raw_length IS NOT NULL THEN
      checks := pg_catalog.concat(checks, pg_catalog.format(
        'IF %1$s(NEW.%2$I) > %3$s THEN PERFORM ora.raise_error(12899, ''value too large for column %4$s."%5$s" (actual: '' OPERATOR(pg_catalog.||) %1$s(NEW.%2$I) OPERATOR(pg_catalog.||) '', maximum: %3$s)''); END IF; ',
        CASE WHEN r.m[3] = 'char' THEN 'pg_catalog.char_length' WHEN r.m IS NOT NULL THEN 'ora.byte_length' ELSE 'pg_catalog.octet_length' END, r.attname, coalesce(r.m[2], r.raw_length), place, ora.swap_case(r.attname::text)));
    END IF;
    -- 4000 bytes are the most that any VARCHAR2 holds, whatever its length in characters
    IF r.m[3] = 'char' AND r.m[2]::int > 1000 AND r.typname NOT LIKE 'n%' THEN
      checks := pg_catalog.concat(checks, pg_catalog.format(
        'IF ora.byte_length(NEW.%1$I) > 4000 THEN PERFORM ora.raise_error(1461, ''can bind a LONG value only for insert into a LONG column''); END IF; ', r.attname));
    END IF;
    IF r.attidentity = 'd' THEN
      checks := pg_catalog.concat(checks, pg_catalog.format('IF NEW.%1$I IS NULL AND %2$L = ''on null'' THEN NEW.%1$I := nextval(pg_get_serial_sequence(%3$L, %4$L)); END IF; ',
        r.attname, coalesce(pg_catalog.col_description(t, (SELECT attnum FROM pg_attribute WHERE attrelid = t AND attname = r.attname)), ''), t::text, r.attname));
    END IF;
  END LOOP;
  EXECUTE pg_catalog.format('CREATE OR REPLACE FUNCTION ora.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $c$ BEGIN %s RETURN NEW; END $c$', 'checks_' OPERATOR(pg_catalog.||) t::oid::text, checks);
  EXECUTE pg_catalog.format('DROP TRIGGER IF EXISTS "zzz$checks" ON %s', t);
  EXECUTE pg_catalog.format('CREATE TRIGGER "zzz$checks" BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION ora.%I()', t, 'checks_' OPERATOR(pg_catalog.||) t::oid::text);
END $f$`;
