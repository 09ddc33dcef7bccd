-- The roots that lie in these buckets now. Parameters: buckets of each root catalog.
-- An index's root is its table, an owned sequence's the owning table, a composite type's relation
-- leads to the type.
SELECT 'pg_class' AS catalog,
       CASE WHEN c.relkind IN ('i', 'I') THEN i.indrelid
            WHEN c.relkind = 'S' THEN coalesce(d.refobjid, c.oid)
            ELSE c.oid END AS oid
FROM pg_class c
LEFT JOIN pg_index i ON i.indexrelid = c.oid AND c.relkind IN ('i', 'I')
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND c.relkind = 'S'
                     AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
WHERE c.oid >= 16384 AND c.relkind NOT IN ('t', 'c') AND (c.oid::int8 & 255)::int = ANY (%(pg_class)s::int[])
UNION
SELECT 'pg_type', c.reltype FROM pg_class c
WHERE c.oid >= 16384 AND c.relkind = 'c' AND (c.oid::int8 & 255)::int = ANY (%(pg_class)s::int[])
UNION
SELECT 'pg_type', t.oid FROM pg_type t
WHERE t.oid >= 16384 AND t.typtype IN ('e', 'd', 'c', 'r') AND (t.oid::int8 & 255)::int = ANY (%(pg_type)s::int[])
UNION
SELECT 'pg_proc', p.oid FROM pg_proc p
WHERE p.oid >= 16384 AND (p.oid::int8 & 255)::int = ANY (%(pg_proc)s::int[])
