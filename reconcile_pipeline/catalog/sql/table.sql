-- Tables, ordinary and partitioned. Columns, constraints and indexes are objects of their own.
-- scope pg_class: c.oid = ANY ({oids})
SELECT n.nspname || '.' || c.relname AS identity,
       'schema' AS parent_kind, n.nspname::text AS parent_identity,
       'pg_class' AS root_catalog, c.oid AS root_oid,
       pg_get_userbyid(c.relowner)::text AS owner,
       {acl(c.relacl, 'r', c.relowner)} AS acl,
       c.relrowsecurity AS rls,
       c.relforcerowsecurity AS rls_forced,
       CASE c.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'permanent' END AS persistence,
       CASE c.relreplident
            WHEN 'd' THEN 'default' WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing'
            ELSE 'index ' || coalesce((SELECT ic.relname::text FROM pg_index i
                                       JOIN pg_class ic ON ic.oid = i.indexrelid
                                       WHERE i.indrelid = c.oid AND i.indisreplident), '')
       END AS replica_identity,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
       CASE WHEN c.relispartition THEN (
            SELECT pn.nspname || '.' || p.relname FROM pg_inherits h
            JOIN pg_class p ON p.oid = h.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
            WHERE h.inhrelid = c.oid) END AS partition_of,
       CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS partition_bound,
       CASE WHEN NOT c.relispartition THEN (
            SELECT string_agg(pn.nspname || '.' || p.relname, E'\n' ORDER BY h.inhseqno)
            FROM pg_inherits h
            JOIN pg_class p ON p.oid = h.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
            WHERE h.inhrelid = c.oid) END AS inherits,
       c.reloptions AS options,
       toast.reloptions AS toast_options,
       am.amname::text AS access_method,
       ts.spcname::text AS tablespace,
       CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END AS of_type,
       d.description AS comment
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
{comment(d, pg_class, c.oid)}
WHERE c.relkind IN ('r', 'p')
  AND {unmanaged(n.nspname)}
  AND {no_extension(pg_class, c.oid)}
  AND {scope}
ORDER BY 1
