-- Roots of what speaks of these objects by name. Parameters: oids of relations, of types and of
-- routines, and whether one of their names is gone: a foreign key shows nothing but names.
-- A relation's row type and the arrays of a type stand for them in the dependencies of others.
WITH changed AS MATERIALIZED (
    SELECT 'pg_class'::regclass AS class, unnest(%(pg_class)s::oid[]) AS oid
    UNION SELECT 'pg_proc'::regclass, unnest(%(pg_proc)s::oid[])
    UNION SELECT 'pg_class'::regclass, t.typrelid
          FROM pg_type t WHERE t.oid = ANY (%(pg_type)s::oid[]) AND t.typrelid <> 0
    UNION SELECT 'pg_type'::regclass, x.oid
          FROM pg_type t
          CROSS JOIN LATERAL (VALUES (t.oid), (t.typarray)) x(oid)
          WHERE t.oid = ANY (%(pg_type)s::oid[]) OR t.oid = ANY (ARRAY(
                SELECT c.reltype FROM pg_class c WHERE c.oid = ANY (%(pg_class)s::oid[])))
    UNION SELECT 'pg_type'::regclass, g.rngmultitypid
          FROM pg_range g WHERE g.rngtypid = ANY (%(pg_type)s::oid[])
)
SELECT DISTINCT
       CASE WHEN k.contypid <> 0 THEN 'pg_type'
            WHEN c.relkind = 'c' THEN 'pg_type'
            WHEN d.classid IN ('pg_rewrite'::regclass, 'pg_attrdef'::regclass,
                               'pg_constraint'::regclass, 'pg_trigger'::regclass,
                               'pg_policy'::regclass, 'pg_statistic_ext'::regclass,
                               'pg_publication_rel'::regclass) THEN 'pg_class'
            ELSE d.classid::regclass::text END AS catalog,
       coalesce(w.ev_class, e.adrelid, NULLIF(k.conrelid, 0), NULLIF(k.contypid, 0), g.tgrelid,
                p.polrelid, s.stxrelid, r.prrelid, i.indrelid, o.refobjid,
                CASE WHEN c.relkind = 'c' THEN c.reltype END, d.objid) AS oid
FROM changed x
JOIN pg_depend d ON d.refclassid = x.class AND d.refobjid = x.oid
LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
LEFT JOIN pg_attrdef e ON d.classid = 'pg_attrdef'::regclass AND e.oid = d.objid
LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
LEFT JOIN pg_trigger g ON d.classid = 'pg_trigger'::regclass AND g.oid = d.objid
LEFT JOIN pg_policy p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
LEFT JOIN pg_statistic_ext s ON d.classid = 'pg_statistic_ext'::regclass AND s.oid = d.objid
LEFT JOIN pg_publication_rel r ON d.classid = 'pg_publication_rel'::regclass AND r.oid = d.objid
LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
LEFT JOIN pg_index i ON c.relkind IN ('i', 'I') AND i.indexrelid = c.oid
LEFT JOIN pg_depend o ON c.relkind = 'S' AND o.classid = 'pg_class'::regclass AND o.objid = c.oid
                     AND o.refclassid = 'pg_class'::regclass AND o.deptype IN ('a', 'i')
LEFT JOIN pg_type t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid
LEFT JOIN pg_class tc ON tc.oid = t.typrelid
WHERE d.objid >= 16384
  AND (t.oid IS NULL OR t.typtype IN ('e', 'd', 'r') OR tc.relkind = 'c')  -- no arrays, no row types
  AND c.relkind IS DISTINCT FROM 't'
  AND (%(gone)s OR k.contype IS DISTINCT FROM 'f')
  AND NOT COALESCE(g.tgisinternal, false)
