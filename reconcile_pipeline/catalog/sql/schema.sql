-- Schemas. The comment that every new database puts on `public` says nothing.
-- scope pg_namespace: n.oid = ANY ({oids})
SELECT n.nspname::text AS identity,
       NULL::text AS parent_kind, NULL::text AS parent_identity,
       'pg_namespace' AS root_catalog, n.oid AS root_oid,
       pg_get_userbyid(n.nspowner)::text AS owner,
       {acl(n.nspacl, 'n', n.nspowner)} AS acl,
       CASE WHEN n.nspname <> 'public' OR d.description <> 'standard public schema'
            THEN d.description END AS comment
FROM pg_namespace n
{comment(d, pg_namespace, n.oid)}
WHERE {unmanaged(n.nspname)}
  AND {no_extension(pg_namespace, n.oid)}
  AND {scope}
ORDER BY 1
