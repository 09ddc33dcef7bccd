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
SELECT DISTINCT s.catalog, s.oid
FROM changed x
JOIN pg_depend d ON d.refclassid = x.class AND d.refobjid = x.oid AND d.objid >= 16384
-- By the catalog of what depends; a dozen outer joins would take longer to plan than to run.
CROSS JOIN LATERAL (
    SELECT 'pg_class', w.ev_class FROM pg_rewrite w
    WHERE d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
    UNION ALL
    SELECT 'pg_class', e.adrelid FROM pg_attrdef e
    WHERE d.classid = 'pg_attrdef'::regclass AND e.oid = d.objid
    UNION ALL
    SELECT CASE k.contypid WHEN 0 THEN 'pg_class' ELSE 'pg_type' END,
           CASE k.contypid WHEN 0 THEN k.conrelid ELSE k.contypid END
    FROM pg_constraint k
    WHERE d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
      AND (%(gone)s OR k.contype <> 'f')
    UNION ALL
    SELECT 'pg_class', g.tgrelid FROM pg_trigger g
    WHERE d.classid = 'pg_trigger'::regclass AND g.oid = d.objid AND NOT g.tgisinternal
    UNION ALL
    SELECT 'pg_class', p.polrelid FROM pg_policy p
    WHERE d.classid = 'pg_policy'::regclass AND p.oid = d.objid
    UNION ALL
    SELECT 'pg_class', s.stxrelid FROM pg_statistic_ext s
    WHERE d.classid = 'pg_statistic_ext'::regclass AND s.oid = d.objid
    UNION ALL
    SELECT 'pg_class', r.prrelid FROM pg_publication_rel r
    WHERE d.classid = 'pg_publication_rel'::regclass AND r.oid = d.objid
    UNION ALL
    SELECT 'pg_class', i.indrelid FROM pg_index i
    WHERE d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid
    UNION ALL
    SELECT CASE c.relkind WHEN 'c' THEN 'pg_type' ELSE 'pg_class' END,
           CASE c.relkind WHEN 'c' THEN c.reltype ELSE coalesce(o.refobjid, c.oid) END
    FROM pg_class c
    LEFT JOIN pg_depend o ON c.relkind = 'S' AND o.classid = 'pg_class'::regclass
                         AND o.objid = c.oid AND o.refclassid = 'pg_class'::regclass
                         AND o.deptype IN ('a', 'i')
    WHERE d.classid = 'pg_class'::regclass AND c.oid = d.objid AND c.relkind NOT IN ('i', 'I', 't')
    UNION ALL
    SELECT 'pg_type', t.oid FROM pg_type t LEFT JOIN pg_class tc ON tc.oid = t.typrelid
    WHERE d.classid = 'pg_type'::regclass AND t.oid = d.objid
      AND (t.typtype IN ('e', 'd', 'r') OR tc.relkind = 'c')  -- no arrays, no row types
    UNION ALL
    SELECT d.classid::regclass::text, d.objid
    WHERE d.classid NOT IN (
          'pg_rewrite'::regclass, 'pg_attrdef'::regclass, 'pg_constraint'::regclass,
          'pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_statistic_ext'::regclass,
          'pg_publication_rel'::regclass, 'pg_class'::regclass, 'pg_type'::regclass)
) s(catalog, oid)
