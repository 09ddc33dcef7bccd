-- Which of these relations are there no more.
SELECT 'pg_class', o.oid
FROM unnest(%(pg_class)s::oid[]) o(oid)
WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = o.oid)
