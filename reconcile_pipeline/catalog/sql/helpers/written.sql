-- Roots of the rows that a transaction since then wrote: columns, which are written with their
-- defaults, and in those of the other catalogs that are asked for. An index's root is its table, an owned sequence's the owning
-- table, a composite type's relation leads to the type.
-- The server takes every third row for one that was written lately, and would read whole catalogs
-- to join them; it takes an array for a short one, and looks each of its few rows up.
-- Also, as the root '', how many rows of pg_class are older.
WITH h AS MATERIALIZED (SELECT age(%(since)s::xid) AS age)
SELECT CASE WHEN c.relkind = 'c' THEN 'pg_type' ELSE 'pg_class' END,
       CASE WHEN c.relkind IN ('i', 'I') THEN i.indrelid
            WHEN c.relkind = 'c' THEN c.reltype
            ELSE coalesce(d.refobjid, c.oid) END
FROM unnest(ARRAY(
      SELECT x.oid FROM pg_class x WHERE %(pg_class)s AND age(x.xmin) <= (TABLE h)
      UNION
      SELECT x.attrelid FROM pg_attribute x WHERE age(x.xmin) <= (TABLE h)
      UNION
      SELECT x.seqrelid FROM pg_sequence x
      WHERE %(pg_sequence)s AND age(x.xmin) <= (TABLE h))) w(oid)
JOIN pg_class c ON c.oid = w.oid
LEFT JOIN pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND c.relkind = 'S'
                     AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
WHERE c.relkind <> 't'
UNION ALL
SELECT 'pg_class', x.seqrelid FROM pg_sequence x
WHERE %(pg_sequence)s AND age(x.xmin) <= (TABLE h)
UNION ALL
SELECT 'pg_type', x.oid FROM pg_type x WHERE %(pg_type)s AND age(x.xmin) <= (TABLE h)
UNION ALL
SELECT 'pg_proc', x.oid FROM pg_proc x WHERE %(pg_proc)s AND age(x.xmin) <= (TABLE h)
UNION ALL
SELECT '', count(*) FROM pg_class x WHERE %(pg_class)s AND age(x.xmin) > (TABLE h)
