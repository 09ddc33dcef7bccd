-- Every table that can hold rows of the user's or the platform's, as this transaction sees it.
-- A dropped column keeps its number in pg_attribute, a renamed one too.
SELECT c.oid::bigint AS oid,
       n.nspname || '.' || c.relname AS name,
       coalesce((SELECT rn.nspname || '.' || r.relname
                 FROM pg_catalog.pg_partition_root(c.oid) root(oid)
                 JOIN pg_catalog.pg_class r ON r.oid = root.oid
                 JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace),
                n.nspname || '.' || c.relname) AS root,
       c.relfilenode::bigint AS file,
       ARRAY(SELECT a.attnum::int FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             ORDER BY a.attnum) AS numbers,
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             ORDER BY a.attnum) AS columns
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg\_toast%' AND n.nspname NOT LIKE 'pg\_temp%'
ORDER BY c.oid
