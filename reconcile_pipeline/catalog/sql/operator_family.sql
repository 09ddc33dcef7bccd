-- Operator families, with the operators and functions that were added to the family, not to one
-- of its classes.
-- none without: pg_opfamily f WHERE f.opfnamespace <> 'pg_catalog'::regnamespace
-- scope pg_opfamily: f.oid = ANY ({oids})
SELECT n.nspname || '.' || f.opfname || ' USING ' || am.amname AS identity,
       'schema' AS parent_kind, n.nspname::text AS parent_identity,
       'pg_opfamily' AS root_catalog, f.oid AS root_oid,
       (SELECT string_agg(x.amopstrategy || ' ' || x.amopopr::regoperator::text, E'\n'
                          ORDER BY x.amopstrategy, x.amopopr::regoperator::text COLLATE "C")
        FROM pg_amop x
        WHERE x.amopfamily = f.oid
          AND NOT EXISTS (SELECT FROM pg_depend e
                          WHERE e.classid = 'pg_amop'::regclass AND e.objid = x.oid
                            AND e.refclassid = 'pg_opclass'::regclass)) AS operators,
       (SELECT string_agg(x.amprocnum || ' ' || x.amproc::regprocedure::text, E'\n'
                          ORDER BY x.amprocnum, x.amproc::regprocedure::text COLLATE "C")
        FROM pg_amproc x
        WHERE x.amprocfamily = f.oid
          AND NOT EXISTS (SELECT FROM pg_depend e
                          WHERE e.classid = 'pg_amproc'::regclass AND e.objid = x.oid
                            AND e.refclassid = 'pg_opclass'::regclass)) AS functions,
       pg_get_userbyid(f.opfowner)::text AS owner,
       d.description AS comment
FROM pg_opfamily f
JOIN pg_namespace n ON n.oid = f.opfnamespace
JOIN pg_am am ON am.oid = f.opfmethod
{comment(d, pg_opfamily, f.oid)}
WHERE {unmanaged(n.nspname)}
  AND {no_extension(pg_opfamily, f.oid)}
  AND {scope}
ORDER BY 1
