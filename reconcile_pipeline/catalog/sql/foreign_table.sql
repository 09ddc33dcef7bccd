-- Foreign tables. Option values can be secrets: names and hashes only.
-- none without: pg_foreign_table
-- scope pg_class: c.oid = ANY ({oids})
SELECT n.nspname || '.' || c.relname AS identity,
       'schema' AS parent_kind, n.nspname::text AS parent_identity,
       'pg_class' AS root_catalog, c.oid AS root_oid,
       s.srvname::text AS server,
       {secret(f.ftoptions)} AS options,
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
       pg_get_userbyid(c.relowner)::text AS owner,
       {acl(c.relacl, 'r', c.relowner)} AS acl,
       d.description AS comment
FROM pg_foreign_table f
JOIN pg_class c ON c.oid = f.ftrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_foreign_server s ON s.oid = f.ftserver
{comment(d, pg_class, c.oid)}
WHERE {unmanaged(n.nspname)}
  AND {no_extension(pg_class, c.oid)}
  AND {scope}
ORDER BY 1
