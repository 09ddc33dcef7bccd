-- What a shadow database needs to say which objects a statement touched.
-- Event triggers append `catalog:oid` of each touched object's root to a setting that the client
-- reads and empties after every statement; a rolled back statement takes its words with it.
-- A root is what a scoped catalog read selects by: a policy's, trigger's or index's is its table.
-- `name:catalog:oid:hex` tells a root's own name. `+kind:oid:hex` is one new object, by its identity,
-- where nothing else of its table can have changed, `-kind:oid:hex` one that is gone; `below:0` says
-- that there are child tables.

CREATE SCHEMA reconcile_shadow;
GRANT USAGE ON SCHEMA reconcile_shadow TO PUBLIC;

CREATE TABLE reconcile_shadow.secret (token text NOT NULL);
REVOKE ALL ON reconcile_shadow.secret FROM PUBLIC;

CREATE FUNCTION reconcile_shadow.on_command() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $recorder$
DECLARE
  words text;
BEGIN
  SELECT string_agg(
    CASE
      WHEN m.kind IS NOT NULL THEN '+' || m.kind || ':' || m.relation || ':' || m.identity
      -- GRANT, REVOKE and ALTER DEFAULT PRIVILEGES name no object; the client looks for them.
      WHEN c.objid IS NULL OR c.objid = 0 THEN 'acl:0'
      WHEN c.classid = 'pg_class'::regclass THEN 'pg_class:' || coalesce(
        (SELECT i.indrelid FROM pg_index i WHERE i.indexrelid = c.objid), c.objid)
        || CASE WHEN c.object_type = 'sequence' THEN coalesce(
        (SELECT ' pg_class:' || d.refobjid FROM pg_depend d WHERE d.classid = c.classid
          AND d.objid = c.objid AND d.refclassid = c.classid AND d.deptype IN ('a', 'i') LIMIT 1), '')
          ELSE coalesce(
        (SELECT ' name:pg_class:' || r.oid || ':' || encode(convert_to(r.relname, 'UTF8'), 'hex')
                || CASE WHEN r.relhassubclass THEN ' below:0' ELSE '' END
           FROM pg_class r WHERE r.oid = c.objid AND r.relkind NOT IN ('i', 'I')), '') END
      WHEN c.classid = 'pg_proc'::regclass THEN 'pg_proc:' || c.objid || coalesce(
        (SELECT ' name:pg_proc:' || p.oid || ':' || encode(convert_to(p.proname, 'UTF8'), 'hex')
           FROM pg_proc p WHERE p.oid = c.objid), '')
      WHEN c.classid = 'pg_policy'::regclass THEN 'pg_class:' || coalesce(
        (SELECT p.polrelid FROM pg_policy p WHERE p.oid = c.objid), 0)
      WHEN c.classid = 'pg_trigger'::regclass THEN 'pg_class:' || coalesce(
        (SELECT t.tgrelid FROM pg_trigger t WHERE t.oid = c.objid), 0) || ' below:0'
      WHEN c.classid = 'pg_rewrite'::regclass THEN 'pg_class:' || coalesce(
        (SELECT r.ev_class FROM pg_rewrite r WHERE r.oid = c.objid), 0)
      WHEN c.classid = 'pg_attrdef'::regclass THEN 'pg_class:' || coalesce(
        (SELECT a.adrelid FROM pg_attrdef a WHERE a.oid = c.objid), 0)
      WHEN c.classid = 'pg_constraint'::regclass THEN coalesce(
        (SELECT CASE WHEN k.conrelid <> 0 THEN 'pg_class:' || k.conrelid
                     ELSE 'pg_type:' || k.contypid END
           FROM pg_constraint k WHERE k.oid = c.objid), 'pg_class:0')
      WHEN c.classid = 'pg_statistic_ext'::regclass THEN 'pg_class:' || coalesce(
        (SELECT s.stxrelid FROM pg_statistic_ext s WHERE s.oid = c.objid), 0)
      WHEN c.classid = 'pg_publication_rel'::regclass THEN 'pg_publication:' || coalesce(
        (SELECT r.prpubid FROM pg_publication_rel r WHERE r.oid = c.objid), 0)
      WHEN c.classid = 'pg_publication_namespace'::regclass THEN 'pg_publication:' || coalesce(
        (SELECT r.pnpubid FROM pg_publication_namespace r WHERE r.oid = c.objid), 0)
      ELSE (SELECT relname FROM pg_class WHERE oid = c.classid) || ':' || c.objid
    END, ' ')
  INTO words
  FROM pg_event_trigger_ddl_commands() c
  LEFT JOIN LATERAL (
    SELECT k.kind, t.oid AS relation, encode(convert_to(
             n.nspname || '.' || CASE k.kind WHEN 'index' THEN '' ELSE t.relname || '.' END
             || k.name, 'UTF8'), 'hex') AS identity
      FROM (SELECT 'policy' AS kind, p.polrelid AS relation, p.polname AS name
              FROM pg_policy p
             WHERE c.command_tag = 'CREATE POLICY' AND p.oid = c.objid
            UNION ALL
            SELECT 'index', i.indrelid, r.relname
              FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid
             WHERE c.command_tag = 'CREATE INDEX' AND i.indexrelid = c.objid
            UNION ALL
            SELECT 'trigger', g.tgrelid, g.tgname
              FROM pg_trigger g
             WHERE c.command_tag = 'CREATE TRIGGER' AND g.oid = c.objid) k
      JOIN pg_class t ON t.oid = k.relation AND NOT t.relhassubclass AND t.relkind <> 'p'
      -- An index lives in its table's schema.
      JOIN pg_namespace n ON n.oid = t.relnamespace
  ) m ON c.classid IN ('pg_policy'::regclass, 'pg_class'::regclass, 'pg_trigger'::regclass)
  WHERE NOT c.in_extension;
  IF words IS NOT NULL THEN
    PERFORM set_config('reconcile.touched',
                       coalesce(current_setting('reconcile.touched', true), '') || ' ' || words, true);
  END IF;
END $recorder$;

CREATE FUNCTION reconcile_shadow.on_drop() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $recorder$
DECLARE
  words text;
BEGIN
  SELECT string_agg(
    CASE
      WHEN d.object_type IN ('index', 'sequence', 'statistics object') THEN
        split_part(d.object_type, ' ', 1) || ':' || encode(convert_to(
        d.schema_name || '.' || d.object_name, 'UTF8'), 'hex')
      WHEN d.object_type IN ('policy', 'trigger') AND array_length(d.address_names, 1) = 3 THEN
        '-' || d.object_type || ':' || coalesce(to_regclass(
        quote_ident(d.address_names[1]) || '.' || quote_ident(d.address_names[2]))::oid, 0)
        || ':' || encode(convert_to(array_to_string(d.address_names, '.'), 'UTF8'), 'hex')
      WHEN d.object_type IN ('rule', 'table constraint', 'table column',
                             'default value')
           AND array_length(d.address_names, 1) >= 2 THEN 'pg_class:' || coalesce(to_regclass(
        quote_ident(d.address_names[1]) || '.' || quote_ident(d.address_names[2]))::oid, 0)
      WHEN d.object_type IN ('publication relation', 'publication namespace') THEN 'publications:0'
      WHEN d.object_type = 'default acl' THEN 'acl:0'
      ELSE (SELECT relname FROM pg_class WHERE oid = d.classid) || ':' || d.objid
    END, ' ')
  INTO words
  FROM pg_event_trigger_dropped_objects() d
  WHERE d.object_type NOT IN ('toast table', 'type') OR d.original;
  IF words IS NOT NULL THEN
    PERFORM set_config('reconcile.touched',
                       coalesce(current_setting('reconcile.touched', true), '') || ' ' || words, true);
  END IF;
END $recorder$;

-- Raises where an event trigger of a file's would run as superuser: in the script of an extension
-- that the owner may create, or in a function of ours with our rights.
CREATE FUNCTION reconcile_shadow.on_start() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $recorder$
BEGIN
  IF current_user = session_user OR current_setting('session_replication_role') = 'replica' THEN
    RETURN;
  END IF;
  IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    RAISE insufficient_privilege USING MESSAGE =
      'permission denied: an event trigger of a migration would run as superuser';
  END IF;
END $recorder$;

-- They run whatever `session_replication_role` is. The first one's name sorts before any other; as
-- it costs time, it is switched on when there is an event trigger to guard against.
CREATE EVENT TRIGGER "!reconcile_shadow_on_start" ON ddl_command_start
  EXECUTE FUNCTION reconcile_shadow.on_start();
CREATE EVENT TRIGGER reconcile_shadow_on_command ON ddl_command_end
  EXECUTE FUNCTION reconcile_shadow.on_command();
CREATE EVENT TRIGGER reconcile_shadow_on_drop ON sql_drop
  EXECUTE FUNCTION reconcile_shadow.on_drop();
ALTER EVENT TRIGGER "!reconcile_shadow_on_start" DISABLE;
ALTER EVENT TRIGGER reconcile_shadow_on_command ENABLE ALWAYS;
ALTER EVENT TRIGGER reconcile_shadow_on_drop ENABLE ALWAYS;

-- Switches the first one on where it is needed.
CREATE FUNCTION reconcile_shadow.guard() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $recorder$
BEGIN
  IF EXISTS (SELECT FROM pg_event_trigger WHERE evtfoid::regproc::text !~ '^reconcile_shadow\.')
     AND EXISTS (SELECT FROM pg_event_trigger WHERE evtname = '!reconcile_shadow_on_start'
                    AND evtenabled = 'D')
  THEN
    ALTER EVENT TRIGGER "!reconcile_shadow_on_start" ENABLE ALWAYS;
  END IF;
END $recorder$;
SELECT reconcile_shadow.guard();

-- The few commands that a hosted platform lets an ordinary owner run, run for it: extensions,
-- event triggers, publications. The token keeps migration files from calling it; it comes as a
-- parameter, which no view of the server shows.
-- Nothing of a file's may run as superuser in here. So only the catalog is on the search path until
-- the command itself needs the owner's `schemas`; quotes are read as `prepare` read them; and event
-- triggers do not fire, but for ours, since those of files may not be ENABLE ALWAYS.
CREATE FUNCTION reconcile_shadow.run_for_owner(token text, command text, schemas name[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
SET session_replication_role = replica AS $recorder$
BEGIN
  IF NOT EXISTS (SELECT FROM reconcile_shadow.secret s WHERE s.token = run_for_owner.token) THEN
    RAISE insufficient_privilege USING MESSAGE = 'permission denied';
  END IF;
  PERFORM set_config('search_path', coalesce(
    (SELECT string_agg(quote_ident(s), ', ') FROM unnest(schemas) s WHERE s !~ '^pg_'), ''), true);
  EXECUTE command;
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  IF (SELECT count(*) FROM pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid
        JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE n.nspname = 'reconcile_shadow' AND (e.evtenabled = 'A' OR p.proname = 'on_start')) <> 3
     OR EXISTS (SELECT FROM pg_event_trigger
                 WHERE evtname < '!reconcile_shadow_on_start'
                    OR evtenabled IN ('A', 'R')
                       AND evtfoid::regproc::text !~ '^reconcile_shadow\.')
  THEN
    RAISE insufficient_privilege USING MESSAGE =
      'permission denied: the shadow''s own event triggers must see everything';
  END IF;
  PERFORM reconcile_shadow.guard();
END $recorder$;

-- A file that ends sessions would end its own, and with it the replay.
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_terminate_backend FROM PUBLIC;

-- Read after every statement: touched roots, the next transaction id, and how often the catalogs
-- that no event trigger watches were written in this transaction.
CREATE FUNCTION reconcile_shadow.after_statement() RETURNS text[]
LANGUAGE sql BEGIN ATOMIC
  SELECT ARRAY[
    pg_catalog.current_setting('reconcile.touched', true),
    pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text,
    (pg_catalog.pg_stat_get_xact_tuples_inserted(1260) + pg_catalog.pg_stat_get_xact_tuples_updated(1260)
      + pg_catalog.pg_stat_get_xact_tuples_deleted(1260)
      + pg_catalog.pg_stat_get_xact_tuples_inserted(1261) + pg_catalog.pg_stat_get_xact_tuples_updated(1261)
      + pg_catalog.pg_stat_get_xact_tuples_deleted(1261))::text,
    (pg_catalog.pg_stat_get_xact_tuples_inserted(2964) + pg_catalog.pg_stat_get_xact_tuples_updated(2964)
      + pg_catalog.pg_stat_get_xact_tuples_deleted(2964))::text,
    (pg_catalog.pg_stat_get_xact_tuples_inserted(3466) + pg_catalog.pg_stat_get_xact_tuples_updated(3466)
      + pg_catalog.pg_stat_get_xact_tuples_deleted(3466))::text,
    (pg_catalog.pg_stat_get_xact_tuples_inserted(3079) + pg_catalog.pg_stat_get_xact_tuples_updated(3079)
      + pg_catalog.pg_stat_get_xact_tuples_deleted(3079))::text,
    (pg_catalog.pg_stat_get_xact_tuples_inserted(6104) + pg_catalog.pg_stat_get_xact_tuples_updated(6104)
      + pg_catalog.pg_stat_get_xact_tuples_deleted(6104)
      + pg_catalog.pg_stat_get_xact_tuples_inserted(6106) + pg_catalog.pg_stat_get_xact_tuples_deleted(6106)
      + pg_catalog.pg_stat_get_xact_tuples_inserted(6237) + pg_catalog.pg_stat_get_xact_tuples_deleted(6237))::text,
    (pg_catalog.pg_stat_get_xact_tuples_inserted(826) + pg_catalog.pg_stat_get_xact_tuples_updated(826)
      + pg_catalog.pg_stat_get_xact_tuples_deleted(826))::text
  ];
END;
