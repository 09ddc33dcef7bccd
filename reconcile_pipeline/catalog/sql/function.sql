-- Functions, window functions among them. `definition` is the whole CREATE OR REPLACE statement;
-- the other facets say which part of it differs. What comes with a range type is no object.
-- scope pg_proc: p.oid = ANY ({oids})
SELECT n.nspname || '.' || p.proname || {signature(n.nspname, p.proname, p.oid)} AS identity,
       'schema' AS parent_kind, n.nspname::text AS parent_identity,
       'pg_proc' AS root_catalog, p.oid AS root_oid,
       rtrim(pg_get_functiondef(p.oid), E'\n') AS definition,
       pg_get_function_arguments(p.oid) AS arguments,
       pg_get_function_result(p.oid) AS returns,
       l.lanname::text AS language,
       CASE WHEN p.prosqlbody IS NULL THEN p.prosrc
            ELSE pg_get_function_sqlbody(p.oid) END AS body,
       p.probin AS library,
       p.prokind = 'w' AS window,
       CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable'
                          ELSE 'volatile' END AS volatility,
       p.proisstrict AS strict,
       p.proleakproof AS leakproof,
       p.prosecdef AS security_definer,
       CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted'
                          ELSE 'unsafe' END AS parallel,
       p.procost::text AS cost,
       p.prorows::text AS rows,
       p.proconfig AS config,
       CASE WHEN p.prosupport <> 0 THEN p.prosupport::text END AS support,
       pg_get_userbyid(p.proowner)::text AS owner,
       {acl(p.proacl, 'f', p.proowner)} AS acl,
       d.description AS comment
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
{comment(d, pg_proc, p.oid)}
WHERE p.prokind IN ('f', 'w')
  AND (l.lanname <> 'internal' OR p.prosrc !~ '^(multi)?range_constructor[0-9]$')
  AND {unmanaged(n.nspname)}
  AND {no_extension(pg_proc, p.oid)}
  AND {scope}
ORDER BY 1
