-- Every policy of a table of the user's, with the roles that it is for; 0 is everybody.
-- Parameters: managed (schemas left out).
SELECT p.polrelid::bigint, p.polcmd::text, p.polpermissive,
       pg_catalog.pg_get_expr(p.polqual, p.polrelid),
       pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
       p.polroles::bigint[]
FROM pg_catalog.pg_policy p
JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname <> ALL (%(managed)s::text[])
ORDER BY p.polrelid, p.polname
