-- The roles of a Supabase project, as attributes and memberships; none has a password here.
-- Roles belong to the whole server, so every line may run again.
-- Source: Supabase's documentation of its Postgres roles.
DO $roles$
DECLARE
  wanted record;
BEGIN
  FOR wanted IN
    SELECT * FROM (VALUES
      ('postgres',                 'LOGIN NOSUPERUSER CREATEROLE CREATEDB REPLICATION BYPASSRLS INHERIT'),
      ('anon',                     'NOLOGIN NOSUPERUSER NOBYPASSRLS INHERIT'),
      ('authenticated',            'NOLOGIN NOSUPERUSER NOBYPASSRLS INHERIT'),
      ('service_role',             'NOLOGIN NOSUPERUSER BYPASSRLS INHERIT'),
      ('authenticator',            'LOGIN NOSUPERUSER NOINHERIT NOBYPASSRLS'),
      ('dashboard_user',           'NOLOGIN NOSUPERUSER CREATEROLE CREATEDB REPLICATION'),
      ('supabase_auth_admin',      'LOGIN NOSUPERUSER NOINHERIT CREATEROLE'),
      ('supabase_storage_admin',   'LOGIN NOSUPERUSER NOINHERIT CREATEROLE'),
      ('supabase_realtime_admin',  'NOLOGIN NOSUPERUSER NOINHERIT'),
      ('supabase_replication_admin', 'LOGIN NOSUPERUSER REPLICATION'),
      ('supabase_read_only_user',  'LOGIN NOSUPERUSER BYPASSRLS')
    ) AS roles (name, attributes)
  LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
      EXECUTE format('CREATE ROLE %I', wanted.name);
    END IF;
    EXECUTE format('ALTER ROLE %I WITH %s', wanted.name, wanted.attributes);
  END LOOP;
END
$roles$;

GRANT anon, authenticated, service_role TO authenticator, postgres;
GRANT supabase_realtime_admin TO postgres;
GRANT authenticator TO supabase_storage_admin;
GRANT pg_monitor, pg_read_all_data, pg_signal_backend TO postgres;
GRANT pg_read_all_data TO supabase_read_only_user;

ALTER ROLE anon SET statement_timeout = '3s';
ALTER ROLE authenticated SET statement_timeout = '8s';
ALTER ROLE authenticator SET statement_timeout = '8s';
ALTER ROLE supabase_auth_admin SET search_path = auth;
ALTER ROLE supabase_auth_admin SET idle_in_transaction_session_timeout = '1min';
ALTER ROLE supabase_storage_admin SET search_path = storage;
