-- A table's columns that can be given a value: type, whether one must be given, and an example.
SELECT a.attname::text AS name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS required,
       CASE
         WHEN a.atttypid = 'pg_catalog.uuid'::pg_catalog.regtype
           THEN pg_catalog.gen_random_uuid()::text
         WHEN t.typtype = 'e'
           THEN (SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid
                 ORDER BY e.enumsortorder LIMIT 1)
         WHEN t.typcategory = 'D' THEN pg_catalog.now()::text
         WHEN t.typcategory = 'B' THEN 'false'
         WHEN t.typcategory = 'N' THEN (1000000000 + 1000000000 * pg_catalog.random())::int::text
         WHEN t.typcategory = 'A' THEN '{}'
         WHEN t.typname IN ('json', 'jsonb') THEN '{}'
         ELSE pg_catalog.substr(pg_catalog.gen_random_uuid()::text, 1, 8)
       END AS example
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = %s::bigint::oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attnum
