-- What comes with an extension of production's: its types and functions as SQL that makes something
-- of the same name, arguments and result. Functions in SQL or PL/pgSQL keep their bodies, others
-- answer NULL, those among them that run with their owner's rights.
SELECT t.typname::text AS name,
       format(CASE t.typtype WHEN 'e' THEN 'CREATE TYPE %1$I.%2$I AS ENUM (%3$s)'
                             WHEN 'c' THEN 'CREATE TYPE %1$I.%2$I AS (%3$s)'
                             ELSE 'CREATE DOMAIN %1$I.%2$I AS %3$s' END,
         n.nspname, t.typname,
         CASE t.typtype
           WHEN 'e' THEN (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                            FROM pg_enum e WHERE e.enumtypid = t.oid)
           WHEN 'c' THEN (SELECT string_agg(format('%I %s', a.attname,
                                                   format_type(a.atttypid, a.atttypmod)),
                                            ', ' ORDER BY a.attnum)
                            FROM pg_attribute a
                           WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
           WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod)
           ELSE 'text' END) AS definition,
       false AS is_function, t.oid AS oid
  FROM pg_extension x
  JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = x.oid
                  AND d.classid = 'pg_type'::regclass AND d.deptype = 'e'
  JOIN pg_type t ON t.oid = d.objid
  JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE x.extname = {extension} AND t.typtype IN ('b', 'c', 'd', 'e') AND t.typcategory <> 'A'
   AND (t.typtype <> 'c'
        OR EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
UNION ALL
SELECT f.proname,
       CASE WHEN l.lanname IN ('sql', 'plpgsql') AND NOT f.prosecdef
            THEN pg_get_functiondef(f.oid)
            ELSE format('CREATE FUNCTION %I.%I(%s) RETURNS %s LANGUAGE plpgsql %s%s AS %L',
                   n.nspname, f.proname, pg_get_function_arguments(f.oid),
                   pg_get_function_result(f.oid),
                   CASE f.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE'
                                      ELSE 'VOLATILE' END,
                   CASE WHEN f.proisstrict THEN ' STRICT' ELSE '' END,
                   CASE WHEN f.prorettype = 'trigger'::regtype THEN 'BEGIN RETURN NEW; END'
                        WHEN f.proretset OR f.proallargtypes IS NOT NULL
                             OR f.prorettype IN ('void'::regtype, 'event_trigger'::regtype)
                        THEN 'BEGIN RETURN; END'
                        ELSE 'BEGIN RETURN NULL; END' END)
       END,
       true, f.oid
  FROM pg_extension x
  JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = x.oid
                  AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
  JOIN pg_proc f ON f.oid = d.objid
  JOIN pg_namespace n ON n.oid = f.pronamespace
  JOIN pg_language l ON l.oid = f.prolang
 WHERE x.extname = {extension} AND f.prokind = 'f'
 ORDER BY is_function, oid
