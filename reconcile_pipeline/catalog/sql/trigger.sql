-- Triggers that somebody made: neither those behind foreign keys nor the copies on partitions.
-- On a managed table a trigger is the user's when its function lives in a schema that is not
-- managed (a signup trigger on auth.users).
-- scope pg_class: g.tgrelid = ANY ({oids})
-- scope pg_trigger: g.oid = ANY ({oids})
SELECT n.nspname || '.' || c.relname || '.' || g.tgname AS identity,
       CASE c.relkind WHEN 'v' THEN 'view' WHEN 'f' THEN 'foreign_table'
                      ELSE 'table' END AS parent_kind,
       n.nspname || '.' || c.relname AS parent_identity,
       'pg_class' AS root_catalog, c.oid AS root_oid,
       pg_get_triggerdef(g.oid) AS definition,
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
