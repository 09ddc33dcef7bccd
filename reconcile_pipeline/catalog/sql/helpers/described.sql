-- Roots of the indexes and sequences that lie in these buckets: a comment on one of them is no row
-- of their own, nor of their root.
SELECT 'pg_class', coalesce(i.indrelid, d.refobjid)
FROM (SELECT x.oid FROM pg_class x
      WHERE x.relkind IN ('i', 'I', 'S') AND x.oid >= 16384
        AND (x.oid::int8 & 255)::int = ANY (%(described)s::int[])
      OFFSET 0) c
LEFT JOIN pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
                     AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
WHERE i.indrelid IS NOT NULL OR d.refobjid IS NOT NULL
