-- Roots whose rows, with their access lists, were written since a transaction id: by any of what ran
-- (`last` false), or by the last that wrote. GRANT and REVOKE name no object to an event trigger.
WITH written AS (
  SELECT 'pg_class' AS catalog, oid, xmin FROM pg_catalog.pg_class
  UNION ALL SELECT 'pg_class', attrelid, xmin FROM pg_catalog.pg_attribute
  UNION ALL SELECT 'pg_proc', oid, xmin FROM pg_catalog.pg_proc
  UNION ALL SELECT 'pg_namespace', oid, xmin FROM pg_catalog.pg_namespace
  UNION ALL SELECT 'pg_type', oid, xmin FROM pg_catalog.pg_type
  UNION ALL SELECT 'pg_default_acl', oid, xmin FROM pg_catalog.pg_default_acl
  UNION ALL SELECT 'pg_foreign_server', oid, xmin FROM pg_catalog.pg_foreign_server
), since AS (
  SELECT catalog, oid, xmin::text::int8 AS writer FROM written WHERE xmin::text::int8 >= %(first)s
)
SELECT DISTINCT catalog, oid::int8 FROM since
 WHERE NOT %(last)s OR writer = (SELECT max(writer) FROM since)
