-- The database accounts of docker-compose.yml, made once by the PostgreSQL image when its data directory is empty. It runs as the superuser in the database
-- of POSTGRES_DB. Each account's password is what its secret's file holds. Tables and rights are the migrations' business.

-- Owns the tables and runs the migrations and `sms-bridge app`; no superuser. CREATEROLE: it makes the logins of business systems.
CREATE ROLE sms_owner LOGIN CREATEROLE;

DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I OWNER TO sms_owner', current_database());
END $$;

-- who creates a role may grant it: so the owner itself creates the group roles that its migrations fill with rights
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

-- the simulator's own tables (its journal) lie apart from the platform's
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
