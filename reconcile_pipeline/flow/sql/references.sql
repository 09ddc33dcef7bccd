-- Foreign keys to one table: who refers, by which columns to which. With %(deletes)s only those
-- that delete along (ON DELETE CASCADE). Partitions' copies of their parent's keys are left out.
SELECT n.nspname, c.relname, k.conrelid::bigint,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number
             ORDER BY u.place) AS columns,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number
             ORDER BY u.place) AS referred
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.confrelid = %(table)s AND k.conparentid = 0
  AND (NOT %(deletes)s OR k.confdeltype = 'c')
ORDER BY 1, 2, k.conname
