-- A stand-in on a server whose extension folders are not ours: its objects are made by its script,
-- and belong to it by rows that CREATE EXTENSION would have written. For servers from 14 on.
CREATE FUNCTION reconcile_shadow.create_stand_in(
  token text, name text, schema text, version text, script text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
SET session_replication_role = replica
SET check_function_bodies = off
SET allow_system_table_mods = on AS $recorder$
DECLARE
  extension oid;
  first bigint := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
BEGIN
  IF NOT EXISTS (SELECT FROM reconcile_shadow.secret s WHERE s.token = create_stand_in.token) THEN
    RAISE insufficient_privilege USING MESSAGE = 'permission denied';
  END IF;
  IF EXISTS (SELECT FROM pg_extension e WHERE e.extname = name) THEN
    RAISE duplicate_object USING MESSAGE = format('extension "%s" already exists', name);
  END IF;
  IF to_regnamespace(quote_ident(schema)) IS NULL THEN
    EXECUTE format('CREATE SCHEMA %I', schema);
  END IF;
  script := replace(script, '@extschema@', quote_ident(schema));
  script := replace(script, '@extschema:pgcrypto@', coalesce((SELECT extnamespace::regnamespace::text
    FROM pg_extension e WHERE e.extname = 'pgcrypto'), quote_ident(schema)));
  PERFORM set_config('search_path', quote_ident(schema) || ', pg_temp', true);
  EXECUTE script;
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  extension := pg_nextoid('pg_extension', 'oid', 'pg_extension_oid_index');
  INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
  VALUES (extension, name, current_user::regrole, quote_ident(schema)::regnamespace, false, version);
  INSERT INTO pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
  SELECT m.class, m.oid, 0, 'pg_extension'::regclass, extension, 0, 'e'
    FROM (SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE xmin::text::bigint >= first
          UNION ALL
          SELECT 'pg_type'::regclass, oid FROM pg_type WHERE xmin::text::bigint >= first
          UNION ALL
          SELECT 'pg_class'::regclass, oid FROM pg_class
           WHERE xmin::text::bigint >= first AND relkind IN ('r', 'S', 'v', 'c')
             AND relnamespace <> 'pg_catalog'::regnamespace
          UNION ALL
          SELECT 'pg_operator'::regclass, oid FROM pg_operator WHERE xmin::text::bigint >= first
          UNION ALL
          SELECT 'pg_opclass'::regclass, oid FROM pg_opclass WHERE xmin::text::bigint >= first
          UNION ALL
          SELECT 'pg_opfamily'::regclass, oid FROM pg_opfamily WHERE xmin::text::bigint >= first
          UNION ALL
          SELECT 'pg_cast'::regclass, oid FROM pg_cast WHERE xmin::text::bigint >= first
          UNION ALL
          SELECT 'pg_namespace'::regclass, oid FROM pg_namespace
           WHERE xmin::text::bigint >= first AND nspname <> schema
          UNION ALL
          SELECT 'pg_foreign_data_wrapper'::regclass, oid FROM pg_foreign_data_wrapper
           WHERE xmin::text::bigint >= first) AS m (class, oid);
END $recorder$;
