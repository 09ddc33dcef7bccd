-- Extensions. Owner and comment come from whoever installed the extension and from its control
-- file, so they say nothing of the database.
-- scope pg_extension: e.oid = ANY ({oids})
SELECT e.extname::text AS identity,
       NULL::text AS parent_kind, NULL::text AS parent_identity,
       'pg_extension' AS root_catalog, e.oid AS root_oid,
       e.extversion AS version,
       n.nspname::text AS schema
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE {scope}
ORDER BY 1
