-- Casts that somebody made: the server's own have oids below 16384, and those that come with a
-- range type depend on it internally.
-- none without: pg_cast k WHERE k.oid >= 16384
-- scope pg_cast: k.oid = ANY ({oids})
SELECT format_type(k.castsource, NULL) || ' AS ' || format_type(k.casttarget, NULL) AS identity,
       NULL::text AS parent_kind, NULL::text AS parent_identity,
       'pg_cast' AS root_catalog, k.oid AS root_oid,
       CASE k.castcontext WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment'
                          ELSE 'explicit' END AS context,
       CASE k.castmethod WHEN 'f' THEN 'function' WHEN 'i' THEN 'inout'
                         ELSE 'binary' END AS method,
       NULLIF(k.castfunc, 0)::regprocedure::text AS function,
       d.description AS comment
FROM pg_cast k
JOIN pg_type s ON s.oid = k.castsource
JOIN pg_type t ON t.oid = k.casttarget
JOIN pg_namespace sn ON sn.oid = s.typnamespace
JOIN pg_namespace tn ON tn.oid = t.typnamespace
{comment(d, pg_cast, k.oid)}
WHERE k.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_cast'::regclass
                  AND i.objid = k.oid AND i.deptype = 'i')
  AND (sn.nspname = 'pg_catalog' OR {unmanaged(sn.nspname)})
  AND (tn.nspname = 'pg_catalog' OR {unmanaged(tn.nspname)})
  AND {no_extension(pg_cast, k.oid)}
  AND {scope}
ORDER BY 1
