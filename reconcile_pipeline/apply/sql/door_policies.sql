-- Every policy of a table of the user's, with the roles that it is for or that act as one of those.
-- Parameters: managed (schemas left out).
SELECT p.polrelid::bigint, p.polcmd::text, p.polpermissive,
       pg_catalog.pg_get_expr(p.polqual, p.polrelid),
       pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
       0 = ANY (p.polroles) AS everybody,
       ARRAY(SELECT r.oid::bigint FROM pg_catalog.pg_roles r, unnest(p.polroles) o(oid)
             WHERE NOT r.rolsuper AND o.oid <> 0 AND pg_catalog.pg_has_role(r.oid, o.oid, 'USAGE'))
FROM pg_catalog.pg_policy p
JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname <> ALL (%(managed)s::text[])
ORDER BY p.polrelid, p.polname
