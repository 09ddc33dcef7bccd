-- What ALTER DEFAULT PRIVILEGES set: for a whole database (schema *) instead of the built-in
-- privileges, for one schema in addition to them. The platform's own roles do not count.
-- none without: pg_default_acl
-- scope pg_default_acl: x.oid = ANY ({oids})
SELECT pg_get_userbyid(x.defaclrole) || '.' || coalesce(n.nspname, '*') || '.'
       || CASE x.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences'
               WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas'
               ELSE 'large objects' END AS identity,
       CASE WHEN n.oid IS NOT NULL THEN 'schema' END AS parent_kind,
       n.nspname::text AS parent_identity,
       'pg_default_acl' AS root_catalog, x.oid AS root_oid,
       x.defaclacl AS acl
FROM pg_default_acl x
LEFT JOIN pg_namespace n ON n.oid = x.defaclnamespace
WHERE (n.oid IS NULL OR {unmanaged(n.nspname)})
  AND pg_get_userbyid(x.defaclrole) NOT IN ({platform_roles})
  AND {scope}
ORDER BY 1
