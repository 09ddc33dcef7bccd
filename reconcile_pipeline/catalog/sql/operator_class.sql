-- Operator classes, with the operators and functions that belong to the class itself.
-- none without: pg_opclass o WHERE o.opcnamespace <> 'pg_catalog'::regnamespace
-- scope pg_opclass: o.oid = ANY ({oids})
-- scope pg_opfamily: o.opcfamily = ANY ({oids})
SELECT n.nspname || '.' || o.opcname || ' USING ' || am.amname AS identity,
       'operator_family' AS parent_kind,
       fn.nspname || '.' || f.opfname || ' USING ' || am.amname AS parent_identity,
       'pg_opfamily' AS root_catalog, f.oid AS root_oid,
       format_type(o.opcintype, NULL) AS type,
       o.opcdefault AS "default",
       CASE WHEN o.opckeytype <> 0 THEN format_type(o.opckeytype, NULL) END AS storage,
       (SELECT string_agg(x.amopstrategy || ' ' || x.amopopr::regoperator::text
                          || CASE WHEN x.amopsortfamily <> 0 THEN ' FOR ORDER BY' ELSE '' END,
                          E'\n' ORDER BY x.amopstrategy, x.amopopr::regoperator::text COLLATE "C")
        FROM pg_depend e JOIN pg_amop x ON x.oid = e.objid
        WHERE e.classid = 'pg_amop'::regclass AND e.refclassid = 'pg_opclass'::regclass
          AND e.refobjid = o.oid) AS operators,
       (SELECT string_agg(x.amprocnum || ' ' || x.amproc::regprocedure::text, E'\n'
                          ORDER BY x.amprocnum, x.amproc::regprocedure::text COLLATE "C")
        FROM pg_depend e JOIN pg_amproc x ON x.oid = e.objid
        WHERE e.classid = 'pg_amproc'::regclass AND e.refclassid = 'pg_opclass'::regclass
          AND e.refobjid = o.oid) AS functions,
       pg_get_userbyid(o.opcowner)::text AS owner,
       d.description AS comment
FROM pg_opclass o
JOIN pg_namespace n ON n.oid = o.opcnamespace
JOIN pg_am am ON am.oid = o.opcmethod
JOIN pg_opfamily f ON f.oid = o.opcfamily
JOIN pg_namespace fn ON fn.oid = f.opfnamespace
{comment(d, pg_opclass, o.oid)}
WHERE {unmanaged(n.nspname)}
  AND {no_extension(pg_opclass, o.oid)}
  AND {scope}
ORDER BY 1
