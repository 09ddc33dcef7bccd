-- Procedures.
-- none without: pg_proc p WHERE p.prokind = 'p'
-- scope pg_proc: p.oid = ANY ({oids})
SELECT n.nspname || '.' || p.proname || {signature(n.nspname, p.proname, p.oid)} AS identity,
       'schema' AS parent_kind, n.nspname::text AS parent_identity,
       'pg_proc' AS root_catalog, p.oid AS root_oid,
       rtrim(pg_get_functiondef(p.oid), E'\n') AS definition,
       pg_get_function_arguments(p.oid) AS arguments,
       l.lanname::text AS language,
       CASE WHEN p.prosqlbody IS NULL THEN p.prosrc
            ELSE pg_get_function_sqlbody(p.oid) END AS body,
       p.probin AS library,
       p.prosecdef AS security_definer,
       p.proconfig AS config,
       pg_get_userbyid(p.proowner)::text AS owner,
       {acl(p.proacl, 'f', p.proowner)} AS acl,
       d.description AS comment
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
{comment(d, pg_proc, p.oid)}
WHERE p.prokind = 'p'
  AND {unmanaged(n.nspname)}
  AND {no_extension(pg_proc, p.oid)}
  AND {scope}
ORDER BY 1
