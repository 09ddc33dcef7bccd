-- Row-level security policies. In managed schemas only the tables that the platform leaves to the
-- user count.
-- scope pg_class: p.polrelid = ANY ({oids})
-- scope pg_policy: p.oid = ANY ({oids})
SELECT n.nspname || '.' || c.relname || '.' || p.polname AS identity,
       'table' AS parent_kind, n.nspname || '.' || c.relname AS parent_identity,
       'pg_class' AS root_catalog, c.oid AS root_oid,
       CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                     WHEN 'd' THEN 'DELETE' ELSE 'ALL' END AS command,
       -- Most are for everybody: no list to sort.
       CASE WHEN p.polroles = ARRAY[0::oid] THEN 'public' ELSE
       (SELECT string_agg(x.name, E'\n' ORDER BY x.name COLLATE "C")
        FROM (SELECT CASE r.oid WHEN 0 THEN 'public' ELSE pg_get_userbyid(r.oid)::text END AS name
              FROM unnest(p.polroles) r(oid)) x) END AS roles,
       p.polpermissive AS permissive,
       pg_get_expr(p.polqual, p.polrelid) AS "using",
       pg_get_expr(p.polwithcheck, p.polrelid) AS "check",
       d.description AS comment
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
{comment(d, pg_policy, p.oid)}
WHERE ({unmanaged(n.nspname)} OR n.nspname || '.' || c.relname IN ({policy_tables}))
  AND {no_extension(pg_class, c.oid)}
  AND {scope}
ORDER BY 1
