-- Collations. The version of the library that sorts is the machine's, not the schema's.
-- none without: pg_collation k WHERE k.collnamespace <> 'pg_catalog'::regnamespace
-- scope pg_collation: k.oid = ANY ({oids})
SELECT n.nspname || '.' || k.collname AS identity,
       'schema' AS parent_kind, n.nspname::text AS parent_identity,
       'pg_collation' AS root_catalog, k.oid AS root_oid,
       CASE k.collprovider WHEN 'i' THEN 'icu' WHEN 'c' THEN 'libc' WHEN 'b' THEN 'builtin'
                           ELSE 'default' END AS provider,
       k.collisdeterministic AS deterministic,
       k.collcollate AS lc_collate,
       k.collctype AS lc_ctype,
       k.colllocale AS locale,     -- from 17
       k.colliculocale AS locale,  -- before 17
       k.collicurules AS rules,    -- from 16
       NULL::text AS rules,        -- before 16
       pg_get_userbyid(k.collowner)::text AS owner,
       d.description AS comment
FROM pg_collation k
JOIN pg_namespace n ON n.oid = k.collnamespace
{comment(d, pg_collation, k.oid)}
WHERE {unmanaged(n.nspname)}
  AND {no_extension(pg_collation, k.oid)}
  AND {scope}
ORDER BY 1
