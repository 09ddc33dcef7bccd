-- Triggers that somebody made: neither those behind foreign keys nor the copies on partitions.
-- On a managed table a trigger is the user's when its function lives in a schema that is not
-- managed (a signup trigger on auth.users).
-- Most are plain: no constraint, no columns, no condition, no arguments, no transition tables. Those
-- are written down here as pg_get_triggerdef writes them (ruleutils.c, alike in PostgreSQL 15 to
-- 18), which opens the catalogs once more for each.
-- scope pg_class: g.tgrelid = ANY ({oids})
-- scope pg_trigger: g.oid = ANY ({oids})
SELECT n.nspname || '.' || c.relname || '.' || g.tgname AS identity,
       CASE c.relkind WHEN 'v' THEN 'view' WHEN 'f' THEN 'foreign_table'
                      ELSE 'table' END AS parent_kind,
       n.nspname || '.' || c.relname AS parent_identity,
       'pg_class' AS root_catalog, c.oid AS root_oid,
       CASE WHEN g.tgconstraint = 0 AND g.tgattr = '' AND g.tgqual IS NULL AND g.tgnargs = 0
                 AND g.tgoldtable IS NULL AND g.tgnewtable IS NULL
            THEN format('CREATE TRIGGER %I %s %s ON %I.%I FOR EACH %s EXECUTE FUNCTION %s%I()',
                        g.tgname,
                        CASE g.tgtype & 66 WHEN 2 THEN 'BEFORE' WHEN 64 THEN 'INSTEAD OF'
                                           ELSE 'AFTER' END,
                        concat_ws(' OR ', CASE WHEN g.tgtype & 4 <> 0 THEN 'INSERT' END,
                                  CASE WHEN g.tgtype & 8 <> 0 THEN 'DELETE' END,
                                  CASE WHEN g.tgtype & 16 <> 0 THEN 'UPDATE' END,
                                  CASE WHEN g.tgtype & 32 <> 0 THEN 'TRUNCATE' END),
                        n.nspname, c.relname,
                        CASE g.tgtype & 1 WHEN 1 THEN 'ROW' ELSE 'STATEMENT' END,
                        CASE fn.nspname WHEN 'pg_catalog' THEN ''
                                        ELSE quote_ident(fn.nspname) || '.' END,
                        f.proname)
            ELSE pg_get_triggerdef(g.oid) END AS definition,
       CASE g.tgenabled WHEN 'O' THEN 'origin' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica'
                        ELSE 'always' END AS enabled,
       fn.nspname || '.' || f.proname AS function,
       d.description AS comment
FROM pg_trigger g
JOIN pg_class c ON c.oid = g.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_proc f ON f.oid = g.tgfoid
JOIN pg_namespace fn ON fn.oid = f.pronamespace
{comment(d, pg_trigger, g.oid)}
WHERE NOT g.tgisinternal AND g.tgparentid = 0
  AND ({unmanaged(n.nspname)} OR {unmanaged(fn.nspname)})
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND c.relpersistence <> 't'
  AND {no_extension(pg_class, c.oid)}
  AND {no_extension(pg_trigger, g.oid)}
  AND {scope}
ORDER BY 1
