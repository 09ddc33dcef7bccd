-- Schemas that a publication names (FOR TABLES IN SCHEMA).
-- none without: pg_publication_namespace
-- scope pg_namespace: r.pnnspid = ANY ({oids})
-- scope pg_publication: r.pnpubid = ANY ({oids})
-- scope pg_publication_namespace: r.oid = ANY ({oids})
SELECT p.pubname || '.' || n.nspname AS identity,
       'publication' AS parent_kind, p.pubname::text AS parent_identity,
       'pg_publication' AS root_catalog, p.oid AS root_oid,
       n.nspname::text AS schema
FROM pg_publication_namespace r
JOIN pg_publication p ON p.oid = r.pnpubid
JOIN pg_namespace n ON n.oid = r.pnnspid
WHERE p.pubname NOT IN ({platform_publications})
  AND {no_extension(pg_publication, p.oid)}
  AND {scope}
ORDER BY 1
