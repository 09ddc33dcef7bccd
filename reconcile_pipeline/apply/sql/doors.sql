-- What every role that is no superuser may do on these tables, by privileges. Left out: what the
-- owner may, what nobody may. `by_default`: what default privileges, or a membership in
-- pg_read_all_data or pg_write_all_data, give on a table that is made just now.
-- Parameters: tables (their oids).
WITH who AS MATERIALIZED (
  SELECT r.oid, r.rolname::text AS name, r.rolbypassrls AS bypasses,
         coalesce(pg_catalog.pg_has_role(r.oid, pg_catalog.to_regrole('pg_read_all_data')::oid,
                                         'USAGE'), false) AS reads_all,
         coalesce(pg_catalog.pg_has_role(r.oid, pg_catalog.to_regrole('pg_write_all_data')::oid,
                                         'USAGE'), false) AS writes_all
  FROM pg_catalog.pg_roles r
  WHERE NOT r.rolsuper AND r.rolname NOT LIKE 'pg\_%%' AND r.rolname <> current_user
), defaults AS MATERIALIZED (
  SELECT d.defaclrole, d.defaclnamespace, a.grantee, a.privilege_type AS privilege
  FROM pg_catalog.pg_default_acl d, LATERAL pg_catalog.aclexplode(d.defaclacl) a
  WHERE d.defaclobjtype = 'r'
)
SELECT c.oid::bigint, w.oid::bigint, w.name, w.bypasses, p.privileges,
       ARRAY(SELECT d.privilege FROM defaults d
             WHERE d.defaclrole = c.relowner AND d.defaclnamespace IN (0, c.relnamespace)
               AND (d.grantee = 0 OR pg_catalog.pg_has_role(w.oid, d.grantee, 'USAGE')))
         || CASE WHEN w.reads_all THEN ARRAY['SELECT'] ELSE '{}' END
         || CASE WHEN w.writes_all THEN ARRAY['INSERT', 'UPDATE', 'DELETE'] ELSE '{}' END
         AS by_default
FROM who w CROSS JOIN pg_catalog.pg_class c
CROSS JOIN LATERAL (
  SELECT ARRAY(
    SELECT x.privilege
    FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) x(privilege)
    WHERE pg_catalog.has_table_privilege(w.oid, c.oid, x.privilege)
       OR x.privilege IN ('SELECT', 'INSERT', 'UPDATE')
          AND pg_catalog.has_any_column_privilege(w.oid, c.oid, x.privilege)) AS privileges
) p
WHERE c.oid = ANY (%(tables)s::oid[]) AND p.privileges <> '{}'
  AND pg_catalog.has_schema_privilege(w.oid, c.relnamespace, 'USAGE')
  AND NOT pg_catalog.pg_has_role(w.oid, c.relowner, 'USAGE')
ORDER BY c.oid, w.oid
