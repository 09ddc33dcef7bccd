-- What a shadow database needs to say which objects a statement touched.
-- Event triggers append `catalog:oid` of each touched object's root to a setting that the client
-- reads and empties after every statement; a rolled back statement takes its words with it.
-- A root is what a scoped catalog read selects by: a policy's, trigger's or index's is its table.
-- Names and texts are in hexadecimal digits, so that none can break the list of words.
-- `name:catalog:oid:hex` tells a root's own name; of a table, `:schema:5:10:comment` after it that it
-- has had 5 columns, that its row-level security is on and not forced, and its comment, or `-`.
-- `+kind:oid:hex` is one new object, by its identity, where nothing else of its table can have
-- changed, `-kind:oid:hex` one that is gone;
-- `gone:catalog:oid` is a root that is gone; `below:0` says that there are child tables.
-- `by:hex` comes before the words of a command: sha256 of the statement that the client sent, so that
-- it need not ask after each of many.

CREATE SCHEMA reconcile_shadow;
GRANT USAGE ON SCHEMA reconcile_shadow TO PUBLIC;

CREATE TABLE reconcile_shadow.secret (token text NOT NULL);
REVOKE ALL ON reconcile_shadow.secret FROM PUBLIC;

-- A loop with small queries, each planned once a session: most commands need one or two of them.
CREATE FUNCTION reconcile_shadow.on_command() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $recorder$
DECLARE
  c record;
  r record;
  words text := '';
BEGIN
  FOR c IN SELECT d.classid, d.objid, d.object_type, d.command_tag, d.schema_name,
                  d.object_identity
             FROM pg_event_trigger_ddl_commands() d WHERE NOT d.in_extension
  LOOP
    -- GRANT, REVOKE and ALTER DEFAULT PRIVILEGES name no object; the client looks for them.
    IF c.objid IS NULL OR c.objid = 0 THEN
      words := words || ' acl:0';
    ELSIF c.classid = 'pg_class'::regclass AND c.object_type = 'index' THEN
      SELECT t.oid, t.relkind, t.relhassubclass INTO r
        FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid WHERE i.indexrelid = c.objid;
      IF c.command_tag = 'CREATE INDEX' AND r.relkind <> 'p' AND NOT r.relhassubclass THEN
        words := words || ' +index:' || r.oid || ':' || encode(convert_to(
                   c.schema_name || '.' || (parse_ident(c.object_identity))[2], 'UTF8'), 'hex');
      ELSE
        words := words || ' pg_class:' || coalesce(r.oid, c.objid);
      END IF;
    ELSIF c.classid = 'pg_class'::regclass AND c.object_type = 'sequence' THEN
      words := words || ' pg_class:' || c.objid || coalesce(
        (SELECT ' pg_class:' || d.refobjid FROM pg_depend d WHERE d.classid = c.classid
          AND d.objid = c.objid AND d.refclassid = c.classid AND d.deptype IN ('a', 'i') LIMIT 1), '');
    ELSIF c.classid = 'pg_class'::regclass AND c.object_type LIKE 'composite type%' THEN
      -- CREATE TYPE names a composite type itself, ALTER TYPE what holds its attributes.
      words := words || ' pg_type:' || coalesce(
        (SELECT t.reltype FROM pg_class t WHERE t.oid = c.objid), 0);
    ELSIF c.classid = 'pg_class'::regclass THEN
      SELECT t.relname, t.relkind, t.relhassubclass, t.relnatts,
             t.relrowsecurity::int || t.relforcerowsecurity::int::text AS flags
        INTO r FROM pg_class t WHERE t.oid = c.objid;
      words := words || ' pg_class:' || c.objid || coalesce(
        ' name:pg_class:' || c.objid || ':' || encode(convert_to(r.relname, 'UTF8'), 'hex'), '');
      IF r.relkind IN ('r', 'p') THEN
        words := words || ':' || encode(convert_to(c.schema_name, 'UTF8'), 'hex') || ':'
                 || r.relnatts || ':' || r.flags || ':';
        IF c.command_tag = 'COMMENT' THEN
          words := words || coalesce(
            (SELECT encode(convert_to(d.description, 'UTF8'), 'hex') FROM pg_description d
              WHERE d.objoid = c.objid AND d.classoid = c.classid AND d.objsubid = 0), '');
        ELSIF c.command_tag <> 'CREATE TABLE' THEN
          words := words || '-';
        END IF;
      END IF;
      IF r.relhassubclass THEN
        words := words || ' below:0';
      END IF;
    ELSIF c.classid = 'pg_policy'::regclass THEN
      SELECT t.oid, t.relkind, t.relhassubclass, n.nspname, t.relname, p.polname AS name INTO r
        FROM pg_policy p JOIN pg_class t ON t.oid = p.polrelid
        JOIN pg_namespace n ON n.oid = t.relnamespace WHERE p.oid = c.objid;
      IF c.command_tag = 'CREATE POLICY' THEN
        words := words || ' +policy:' || r.oid || ':'
                 || encode(convert_to(r.nspname || '.' || r.relname || '.' || r.name, 'UTF8'), 'hex');
      ELSE
        words := words || ' pg_class:' || coalesce(r.oid, 0);
      END IF;
    ELSIF c.classid = 'pg_trigger'::regclass THEN
      SELECT t.oid, t.relkind, t.relhassubclass, n.nspname, t.relname, g.tgname AS name INTO r
        FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
        JOIN pg_namespace n ON n.oid = t.relnamespace WHERE g.oid = c.objid;
      IF c.command_tag = 'CREATE TRIGGER' AND r.relkind <> 'p' AND NOT r.relhassubclass THEN
        words := words || ' +trigger:' || r.oid || ':'
                 || encode(convert_to(r.nspname || '.' || r.relname || '.' || r.name, 'UTF8'), 'hex');
      ELSE
        words := words || ' below:0 pg_class:' || coalesce(r.oid, 0);
      END IF;
    ELSIF c.classid = 'pg_proc'::regclass THEN
      words := words || ' pg_proc:' || c.objid || coalesce(
        (SELECT ' name:pg_proc:' || p.oid || ':' || encode(convert_to(p.proname, 'UTF8'), 'hex')
           FROM pg_proc p WHERE p.oid = c.objid), '');
    ELSIF c.classid = 'pg_rewrite'::regclass THEN
      words := words || ' pg_class:' || coalesce(
        (SELECT w.ev_class FROM pg_rewrite w WHERE w.oid = c.objid), 0);
    ELSIF c.classid = 'pg_attrdef'::regclass THEN
      words := words || ' pg_class:' || coalesce(
        (SELECT a.adrelid FROM pg_attrdef a WHERE a.oid = c.objid), 0);
    ELSIF c.classid = 'pg_constraint'::regclass THEN
      words := words || coalesce(
        (SELECT CASE WHEN k.conrelid <> 0 THEN ' pg_class:' || k.conrelid
                     ELSE ' pg_type:' || k.contypid END
           FROM pg_constraint k WHERE k.oid = c.objid), '');
    ELSIF c.classid = 'pg_statistic_ext'::regclass THEN
      words := words || ' pg_class:' || coalesce(
        (SELECT s.stxrelid FROM pg_statistic_ext s WHERE s.oid = c.objid), 0);
    ELSIF c.classid = 'pg_publication_rel'::regclass THEN
      words := words || ' pg_publication:' || coalesce(
        (SELECT p.prpubid FROM pg_publication_rel p WHERE p.oid = c.objid), 0);
    ELSIF c.classid = 'pg_publication_namespace'::regclass THEN
      words := words || ' pg_publication:' || coalesce(
        (SELECT p.pnpubid FROM pg_publication_namespace p WHERE p.oid = c.objid), 0);
    ELSE
      words := words || ' ' || (SELECT t.relname FROM pg_class t WHERE t.oid = c.classid)
               || ':' || c.objid;
    END IF;
  END LOOP;
  IF words <> '' THEN
    PERFORM set_config('reconcile.touched',
                       coalesce(current_setting('reconcile.touched', true), '') || ' by:'
                       || encode(sha256(convert_to(coalesce(current_query(), ''), 'UTF8')), 'hex')
                       || words, true);
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
      ELSE 'gone:' || (SELECT relname FROM pg_class WHERE oid = d.classid) || ':' || d.objid
    END, ' ')
  INTO words
  FROM pg_event_trigger_dropped_objects() d
  WHERE d.object_type NOT IN ('toast table', 'type') OR d.original;
  IF words IS NOT NULL THEN
    PERFORM set_config('reconcile.touched',
                       coalesce(current_setting('reconcile.touched', true), '') || ' by:'
                       || encode(sha256(convert_to(coalesce(current_query(), ''), 'UTF8')), 'hex')
                       || ' ' || words, true);
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

-- An object may only be given to a role that may create in its schema, unless a superuser gives it,
-- as whoever works on production by hand often is. `role` may for one command: a member of it runs
-- that. NULL takes it back. No other right comes with it, so it does not matter what else runs.
CREATE TABLE reconcile_shadow.former_acl (schema oid NOT NULL, acl aclitem[]);
REVOKE ALL ON reconcile_shadow.former_acl FROM PUBLIC;
CREATE FUNCTION reconcile_shadow.let_create(token text, role text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $recorder$
BEGIN
  IF NOT EXISTS (SELECT FROM reconcile_shadow.secret s WHERE s.token = let_create.token)
     OR role IS NOT NULL AND NOT EXISTS (
          SELECT FROM pg_roles r
           WHERE r.rolname = role AND NOT r.rolsuper AND pg_has_role(session_user, r.oid, 'MEMBER'))
  THEN
    RAISE insufficient_privilege USING MESSAGE = 'permission denied';
  END IF;
  UPDATE pg_namespace n SET nspacl = f.acl FROM reconcile_shadow.former_acl f WHERE f.schema = n.oid;
  DELETE FROM reconcile_shadow.former_acl;
  IF role IS NULL THEN
    RETURN;
  END IF;
  INSERT INTO reconcile_shadow.former_acl
  SELECT oid, nspacl FROM pg_namespace
   WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'reconcile_shadow');
  UPDATE pg_namespace n
     SET nspacl = coalesce(n.nspacl, acldefault('n', n.nspowner))
                  || makeaclitem(r.oid, n.nspowner, 'CREATE', false)
    FROM reconcile_shadow.former_acl f, pg_roles r
   WHERE f.schema = n.oid AND r.rolname = role;
END $recorder$;

-- A file that ends sessions would end its own, and with it the replay.
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_terminate_backend FROM PUBLIC;

-- Read after every statement: touched roots, the next transaction id, and how often the catalogs
-- that no event trigger watches were written in this transaction. Last it empties the setting.
-- PL/pgSQL keeps what it has planned; a function in SQL plans itself at every call.
CREATE FUNCTION reconcile_shadow.after_statement() RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $recorder$
BEGIN
  RETURN ARRAY[
    current_setting('reconcile.touched', true),
    pg_snapshot_xmax(pg_current_snapshot())::text,
    (pg_stat_get_xact_tuples_inserted(1260) + pg_stat_get_xact_tuples_updated(1260)
      + pg_stat_get_xact_tuples_deleted(1260)
      + pg_stat_get_xact_tuples_inserted(1261) + pg_stat_get_xact_tuples_updated(1261)
      + pg_stat_get_xact_tuples_deleted(1261))::text,
    (pg_stat_get_xact_tuples_inserted(2964) + pg_stat_get_xact_tuples_updated(2964)
      + pg_stat_get_xact_tuples_deleted(2964))::text,
    (pg_stat_get_xact_tuples_inserted(3466) + pg_stat_get_xact_tuples_updated(3466)
      + pg_stat_get_xact_tuples_deleted(3466))::text,
    (pg_stat_get_xact_tuples_inserted(3079) + pg_stat_get_xact_tuples_updated(3079)
      + pg_stat_get_xact_tuples_deleted(3079))::text,
    (pg_stat_get_xact_tuples_inserted(6104) + pg_stat_get_xact_tuples_updated(6104)
      + pg_stat_get_xact_tuples_deleted(6104)
      + pg_stat_get_xact_tuples_inserted(6106) + pg_stat_get_xact_tuples_deleted(6106)
      + pg_stat_get_xact_tuples_inserted(6237) + pg_stat_get_xact_tuples_deleted(6237))::text,
    (pg_stat_get_xact_tuples_inserted(826) + pg_stat_get_xact_tuples_updated(826)
      + pg_stat_get_xact_tuples_deleted(826))::text,
    set_config('reconcile.touched', '', true)
  ];
END $recorder$;
