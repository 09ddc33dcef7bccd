-- Indexes, but for those behind a constraint (they are part of it) and those attached to a
-- partitioned table's index (they follow from it).
-- scope pg_class: (i.indrelid = ANY ({oids}) OR i.indexrelid = ANY ({oids}))
SELECT n.nspname || '.' || c.relname AS identity,
       CASE t.relkind WHEN 'm' THEN 'materialized_view' ELSE 'table' END AS parent_kind,
       tn.nspname || '.' || t.relname AS parent_identity,
       'pg_class' AS root_catalog, t.oid AS root_oid,
       pg_get_indexdef(c.oid) AS definition,
       i.indisvalid AS valid,
       i.indisreplident AS replica_identity,
       c.reloptions AS options,
       ts.spcname::text AS tablespace,
       -- Only an expression can have a target of its own.
       CASE WHEN i.indexprs IS NOT NULL THEN (
            SELECT string_agg(a.attnum || '=' || a.attstattarget, E'\n' ORDER BY a.attnum)
            FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attstattarget <> -1) END AS statistics,
       d.description AS comment
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_class t ON t.oid = i.indrelid AND t.relkind IN ('r', 'p', 'm')
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
{comment(d, pg_class, c.oid)}
WHERE NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_constraint k
                  WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid
                    AND k.contype IN ('p', 'u', 'x'))
  AND {unmanaged(tn.nspname)}
  AND {no_extension(pg_class, t.oid)}
  AND {no_extension(pg_class, c.oid)}
  AND {scope}
ORDER BY 1
