-- Indexes, but for those behind a constraint (they are part of it) and those attached to a
-- partitioned table's index (they follow from it).
-- Most are plain: a b-tree of one or two columns, each with the operator class and the collation
-- that it has by itself, ascending, nothing included, no storage parameter. Those are written down
-- here as pg_get_indexdef writes them (ruleutils.c, alike in PostgreSQL 15 to 18), which takes the
-- server several times as long: it looks through all operator classes for every column.
-- scope pg_class: (i.indrelid = ANY ({oids}) OR i.indexrelid = ANY ({oids}))
SELECT n.nspname || '.' || c.relname AS identity,
       CASE t.relkind WHEN 'm' THEN 'materialized_view' ELSE 'table' END AS parent_kind,
       tn.nspname || '.' || t.relname AS parent_identity,
       'pg_class' AS root_catalog, t.oid AS root_oid,
       CASE WHEN i.indexprs IS NULL AND c.reloptions IS NULL AND i.indnatts = i.indnkeyatts
                 -- Neither DESC nor NULLS FIRST.
                 AND i.indoption::text !~ '[1-9]'
                 AND i.indcollation[0] = a1.attcollation
                 AND (i.indclass[0], a1.atttypid) IN ({btree_classes})
                 AND (i.indnatts = 1 OR i.indnatts = 2 AND i.indcollation[1] = a2.attcollation
                                        AND (i.indclass[1], a2.atttypid) IN ({btree_classes}))
            THEN format('CREATE %sINDEX %I ON %s%I.%I USING btree (%I%s)%s',
                        CASE WHEN i.indisunique THEN 'UNIQUE ' END, c.relname,
                        CASE c.relkind WHEN 'I' THEN 'ONLY ' END, tn.nspname, t.relname,
                        a1.attname, ', ' || quote_ident(a2.attname),
                        CASE WHEN i.indnullsnotdistinct THEN ' NULLS NOT DISTINCT' END)
                 -- NULL as a whole, not without its predicate, when the table is gone meanwhile.
                 || CASE WHEN i.indpred IS NULL THEN ''
                         ELSE ' WHERE ' || pg_get_expr(i.indpred, i.indrelid) END
            ELSE pg_get_indexdef(c.oid) END AS definition,
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
LEFT JOIN pg_attribute a1 ON a1.attrelid = i.indrelid AND a1.attnum = i.indkey[0]
LEFT JOIN pg_attribute a2 ON a2.attrelid = i.indrelid AND a2.attnum = i.indkey[1]
LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
{comment(d, pg_class, c.oid)}
WHERE NOT c.relispartition
  -- Only of a unique index must it be asked whether a constraint is its owner; by the table each
  -- time, which OFFSET 0 sees to: for one table's indexes the server would read all constraints.
  AND NOT i.indisprimary AND NOT i.indisexclusion
  AND NOT (i.indisunique AND EXISTS (SELECT FROM pg_constraint k
                                     WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid
                                       AND k.contype IN ('p', 'u', 'x') OFFSET 0))
  AND {unmanaged(tn.nspname)}
  AND {no_extension(pg_class, t.oid)}
  AND {no_extension(pg_class, c.oid)}
  AND {scope}
ORDER BY 1
