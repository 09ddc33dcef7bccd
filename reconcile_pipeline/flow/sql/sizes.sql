-- Tables by name, with the bytes of all their partitions and of what is stored outside of them.
-- reltuples is -1 where the table was never analyzed; a partitioned table has one of its own only
-- after ANALYZE, so its partitions' count.
SELECT n.nspname || '.' || c.relname AS name,
       sum(pg_catalog.pg_table_size(p.oid))::bigint AS bytes,
       CASE WHEN bool_and(p.reltuples >= 0) THEN sum(p.reltuples)::bigint END AS rows
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT c.oid WHERE c.relkind <> 'p'
                    UNION ALL
                    SELECT t.relid FROM pg_catalog.pg_partition_tree(c.oid) t WHERE t.isleaf) l
JOIN pg_catalog.pg_class p ON p.oid = l.oid
WHERE c.relkind IN ('r', 'm', 'p') AND n.nspname || '.' || c.relname = ANY (%s)
GROUP BY 1
