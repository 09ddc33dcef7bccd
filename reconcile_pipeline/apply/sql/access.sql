-- What one role may do on each table and view of the user's, by privileges and policies.
-- Parameters: role (name), managed (schemas left out).
SELECT n.nspname || '.' || c.relname AS name,
       n.nspname::text AS schema, c.relname::text AS relation,
       c.relkind IN ('v', 'm') AS is_view,
       c.relrowsecurity AND NOT r.rolbypassrls AND NOT r.rolsuper
         AND (c.relforcerowsecurity OR NOT pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE'))
         AS filtered,
       ARRAY(SELECT p.privilege
             FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) p(privilege)
             WHERE pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
               AND (pg_catalog.has_table_privilege(r.oid, c.oid, p.privilege)
                    OR p.privilege IN ('SELECT', 'INSERT', 'UPDATE')
                       AND pg_catalog.has_any_column_privilege(r.oid, c.oid, p.privilege))
            ) AS privileges,
       coalesce((SELECT json_agg(json_build_object(
                          'command', p.polcmd, 'permissive', p.polpermissive,
                          'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid),
                          'check', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
                        ORDER BY p.polname)
                 FROM pg_catalog.pg_policy p
                 WHERE p.polrelid = c.oid
                   AND EXISTS (SELECT FROM unnest(p.polroles) o(oid)
                               WHERE o.oid = 0
                                  OR pg_catalog.pg_has_role(r.oid, o.oid, 'USAGE'))),
                '[]') AS policies
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles r ON r.rolname = %(role)s
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname <> ALL (%(managed)s::text[])
  AND n.nspname NOT LIKE 'pg\_%%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                    AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1
