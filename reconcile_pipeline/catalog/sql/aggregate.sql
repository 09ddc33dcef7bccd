-- Aggregates, with every parameter of CREATE AGGREGATE.
-- none without: pg_proc p WHERE p.prokind = 'a' AND p.pronamespace <> 'pg_catalog'::regnamespace
-- scope pg_proc: p.oid = ANY ({oids})
SELECT n.nspname || '.' || p.proname || {signature(n.nspname, p.proname, p.oid)} AS identity,
       'schema' AS parent_kind, n.nspname::text AS parent_identity,
       'pg_proc' AS root_catalog, p.oid AS root_oid,
       pg_get_function_arguments(p.oid) AS arguments,
       pg_get_function_result(p.oid) AS returns,
       CASE g.aggkind WHEN 'o' THEN 'ordered-set' WHEN 'h' THEN 'hypothetical-set'
                      ELSE 'normal' END AS type,
       g.aggtransfn::text AS sfunc,
       format_type(g.aggtranstype, NULL) AS stype,
       g.aggtransspace AS sspace,
       NULLIF(g.aggfinalfn, 0)::regproc::text AS finalfunc,
       g.aggfinalextra AS finalfunc_extra,
       g.aggfinalmodify::text AS finalfunc_modify,
       NULLIF(g.aggcombinefn, 0)::regproc::text AS combinefunc,
       NULLIF(g.aggserialfn, 0)::regproc::text AS serialfunc,
       NULLIF(g.aggdeserialfn, 0)::regproc::text AS deserialfunc,
       g.agginitval AS initcond,
       NULLIF(g.aggmtransfn, 0)::regproc::text AS msfunc,
       NULLIF(g.aggminvtransfn, 0)::regproc::text AS minvfunc,
       CASE WHEN g.aggmtranstype <> 0 THEN format_type(g.aggmtranstype, NULL) END AS mstype,
       g.aggmtransspace AS msspace,
       NULLIF(g.aggmfinalfn, 0)::regproc::text AS mfinalfunc,
       g.aggmfinalextra AS mfinalfunc_extra,
       g.aggmfinalmodify::text AS mfinalfunc_modify,
       g.aggminitval AS minitcond,
       NULLIF(g.aggsortop, 0)::regoperator::text AS sortop,
       CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted'
                          ELSE 'unsafe' END AS parallel,
       pg_get_userbyid(p.proowner)::text AS owner,
       {acl(p.proacl, 'f', p.proowner)} AS acl,
       d.description AS comment
FROM pg_aggregate g
JOIN pg_proc p ON p.oid = g.aggfnoid
JOIN pg_namespace n ON n.oid = p.pronamespace
{comment(d, pg_proc, p.oid)}
WHERE {unmanaged(n.nspname)}
  AND {no_extension(pg_proc, p.oid)}
  AND {scope}
ORDER BY 1
