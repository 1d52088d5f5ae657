-- Creates the database accounts of docker-compose.yml. The PostgreSQL image runs this file once,
-- when its data directory is empty, as the superuser and in the database of POSTGRES_DB. The
-- password of each account is the content of its secret file. Tables and rights are created by the
-- migrations.

-- Owns the tables and runs the migrations and `sms-bridge app`; it is no superuser. It needs
-- CREATEROLE to create the logins of business systems.
CREATE ROLE sms_owner LOGIN CREATEROLE;

DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I OWNER TO sms_owner', current_database());
END $$;

-- The creator of a role may grant it, so the owner creates the group roles itself. Its migrations
-- grant them their rights.
SET ROLE sms_owner;
CREATE ROLE sms_producer NOLOGIN;
CREATE ROLE sms_relay NOLOGIN;
CREATE ROLE sms_collector NOLOGIN;
CREATE ROLE sms_archiver NOLOGIN;
CREATE ROLE sms_province NOLOGIN;
CREATE ROLE producer LOGIN IN ROLE sms_producer;
CREATE ROLE relay LOGIN IN ROLE sms_relay;
CREATE ROLE collector LOGIN IN ROLE sms_collector;
CREATE ROLE archiver LOGIN IN ROLE sms_archiver;
CREATE ROLE province LOGIN IN ROLE sms_province;
RESET ROLE;

-- Business logins cannot take the connections of the services (reserved_connections in
-- docker-compose.yml), and no account can fill the disk with large objects.
GRANT pg_use_reserved_connections TO sms_producer, sms_relay, sms_collector, sms_archiver;
REVOKE EXECUTE ON FUNCTION lo_creat(int), lo_create(oid), lo_from_bytea(oid, bytea) FROM PUBLIC;

-- The tables of the simulator (its journal) are kept apart from the platform's.
CREATE SCHEMA simulator AUTHORIZATION province;

DO $$
DECLARE
  account text;
BEGIN
  FOREACH account IN ARRAY ARRAY['owner', 'producer', 'relay', 'collector', 'archiver', 'province'] LOOP
    EXECUTE format('ALTER ROLE %I PASSWORD %L', CASE account WHEN 'owner' THEN 'sms_owner' ELSE account END,
                   rtrim(pg_read_file('/run/secrets/database_' || account), E'\r\n'));
  END LOOP;
END $$;
