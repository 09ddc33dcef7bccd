-- Roots whose rows, with their access lists, were written since a transaction id: by any of what ran
-- (`last` false), or by the last that wrote. GRANT and REVOKE name no object to an event trigger.
-- A sequence that a column owns is read below that column's table, so that is such a root, too.
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
), roots AS (
  SELECT DISTINCT catalog, oid FROM since
   WHERE NOT %(last)s OR writer = (SELECT max(writer) FROM since)
)
SELECT catalog, oid::int8 FROM roots
UNION
SELECT catalog, d.refobjid::int8 FROM roots
  JOIN pg_catalog.pg_depend d ON catalog = 'pg_class' AND d.classid = 'pg_class'::regclass
   AND d.objid = oid AND d.objsubid = 0 AND d.refclassid = 'pg_class'::regclass
   AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
