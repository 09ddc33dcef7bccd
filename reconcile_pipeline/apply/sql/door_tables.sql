-- Each table and view of the user's. `kind`: one that has the same owner, grants and schema, and so
-- gives every role the same privileges; a table with grants on columns is like itself alone.
-- Parameters: managed (schemas left out).
SELECT c.oid::bigint, n.nspname || '.' || c.relname, c.relkind IN ('v', 'm') AS is_view,
       c.relrowsecurity AS filtered,
       pg_catalog.min(c.oid) OVER (
         PARTITION BY c.relowner, n.oid, coalesce(c.relacl::text, 'default'),
                      CASE WHEN c.oid IN (SELECT a.attrelid FROM pg_catalog.pg_attribute a
                                          WHERE a.attacl IS NOT NULL) THEN c.oid END)::bigint
       AS kind
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> ALL (%(managed)s::text[])
  AND n.nspname NOT LIKE 'pg\_%%' AND n.nspname <> 'information_schema'
