-- What every role that is no superuser may do on each table and view of the user's, by privileges.
-- Left out: what its owner may, what nobody may. `by_default`: what default privileges, or a
-- membership in pg_read_all_data or pg_write_all_data, give on a table that is made just now.
-- Parameters: managed (schemas left out).
WITH who AS MATERIALIZED (
  SELECT r.oid, r.rolname::text AS name, r.rolbypassrls AS bypasses,
         coalesce(pg_catalog.pg_has_role(r.oid, pg_catalog.to_regrole('pg_read_all_data')::oid,
                                         'USAGE'), false) AS reads_all,
         coalesce(pg_catalog.pg_has_role(r.oid, pg_catalog.to_regrole('pg_write_all_data')::oid,
                                         'USAGE'), false) AS writes_all
  FROM pg_catalog.pg_roles r
  WHERE NOT r.rolsuper AND r.rolname NOT LIKE 'pg\_%%' AND r.rolname <> current_user
), tables AS MATERIALIZED (
  SELECT c.oid, n.nspname || '.' || c.relname AS name, c.relowner, c.relkind, n.oid AS schema,
         c.relrowsecurity AS filtered,
         EXISTS (SELECT FROM pg_catalog.pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL) AS by_column
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> ALL (%(managed)s::text[])
    AND n.nspname NOT LIKE 'pg\_%%' AND n.nspname <> 'information_schema'
), defaults AS MATERIALIZED (
  SELECT d.defaclrole, d.defaclnamespace, a.grantee, a.privilege_type AS privilege
  FROM pg_catalog.pg_default_acl d, LATERAL pg_catalog.aclexplode(d.defaclacl) a
  WHERE d.defaclobjtype = 'r'
)
SELECT w.oid::bigint, w.name, t.oid::bigint, t.name, t.relkind IN ('v', 'm') AS is_view,
       t.filtered AND NOT w.bypasses AS filtered, p.privileges,
       ARRAY(SELECT d.privilege FROM defaults d
             WHERE d.defaclrole = t.relowner AND d.defaclnamespace IN (0, t.schema)
               AND (d.grantee = 0 OR pg_catalog.pg_has_role(w.oid, d.grantee, 'USAGE')))
         || CASE WHEN w.reads_all THEN ARRAY['SELECT'] ELSE '{}' END
         || CASE WHEN w.writes_all THEN ARRAY['INSERT', 'UPDATE', 'DELETE'] ELSE '{}' END
         AS by_default
FROM who w CROSS JOIN tables t
CROSS JOIN LATERAL (
  SELECT ARRAY(
    SELECT x.privilege
    FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) x(privilege)
    WHERE pg_catalog.has_table_privilege(w.oid, t.oid, x.privilege)
       OR t.by_column AND x.privilege IN ('SELECT', 'INSERT', 'UPDATE')
          AND pg_catalog.has_any_column_privilege(w.oid, t.oid, x.privilege)) AS privileges
) p
WHERE p.privileges <> '{}' AND pg_catalog.has_schema_privilege(w.oid, t.schema, 'USAGE')
  AND NOT pg_catalog.pg_has_role(w.oid, t.relowner, 'USAGE')
