-- Who owns the user's tables and views, the owner of most of them first.
-- Parameters: managed (schemas left out).
SELECT r.rolname::text AS name, count(*)::int AS relations, r.rolsuper AS superuser,
       pg_catalog.pg_has_role(r.oid, 'USAGE') AS ours,
       (SELECT u.rolsuper FROM pg_catalog.pg_roles u WHERE u.rolname = current_user)
         OR CASE WHEN pg_catalog.current_setting('server_version_num')::int >= 160000
                 THEN pg_catalog.pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION')
                 ELSE (SELECT u.rolcreaterole AND NOT r.rolsuper FROM pg_catalog.pg_roles u
                       WHERE u.rolname = current_user) END AS grantable
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname <> ALL (%(managed)s::text[])
  AND n.nspname NOT LIKE 'pg\_%%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                    AND d.objid = c.oid AND d.deptype = 'e')
GROUP BY r.oid, r.rolname, r.rolsuper
ORDER BY 2 DESC, 1
