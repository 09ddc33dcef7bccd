-- Which roles may call each function that runs with its owner's rights.
-- Parameters: managed (schemas left out).
SELECT r.oid::bigint, r.rolname::text, p.oid::bigint,
       n.nspname || '.' || p.proname
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
CROSS JOIN pg_catalog.pg_roles r
WHERE p.prosecdef AND n.nspname <> ALL (%(managed)s::text[])
  AND n.nspname NOT LIKE 'pg\_%%' AND n.nspname <> 'information_schema'
  AND NOT r.rolsuper AND r.rolname NOT LIKE 'pg\_%%' AND r.rolname <> current_user
  AND NOT pg_catalog.pg_has_role(r.oid, p.proowner, 'USAGE')
  AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
  AND pg_catalog.has_function_privilege(r.oid, p.oid, 'EXECUTE')
