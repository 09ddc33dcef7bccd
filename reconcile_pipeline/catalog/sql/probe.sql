-- Which kinds have anything below these relations: one column a kind, named after it. Asking first
-- is cheaper than queries that find nothing.
SELECT coalesce(bool_or(c.relkind IN ('r', 'p')), false) AS "table",
       coalesce(bool_or(c.relkind IN ('r', 'p', 'f')), false) AS "column",
       coalesce(bool_or(c.relkind IN ('r', 'p', 'f') AND EXISTS (
           SELECT FROM pg_constraint k WHERE k.conrelid = c.oid)), false) AS "constraint",
       coalesce(bool_or(c.relhasindex OR c.relkind IN ('i', 'I')), false) AS index,
       coalesce(bool_or(c.relkind = 'S' OR EXISTS (
           SELECT FROM pg_depend d
           WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
             AND d.classid = 'pg_class'::regclass AND d.deptype = 'a')), false) AS sequence,
       coalesce(bool_or(c.relkind = 'v'), false) AS view,
       coalesce(bool_or(c.relkind = 'm'), false) AS materialized_view,
       coalesce(bool_or(c.relkind = 'f'), false) AS foreign_table,
       coalesce(bool_or(c.relkind = 'c'), false) AS composite_type,
       coalesce(bool_or(c.relhastriggers), false) AS trigger,
       coalesce(bool_or(c.relhasrules AND EXISTS (
           SELECT FROM pg_rewrite r
           WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN')), false) AS rule,
       coalesce(bool_or(EXISTS (
           SELECT FROM pg_policy p WHERE p.polrelid = c.oid)), false) AS policy,
       coalesce(bool_or(EXISTS (
           SELECT FROM pg_statistic_ext s WHERE s.stxrelid = c.oid)), false) AS statistics,
       coalesce(bool_or(EXISTS (
           SELECT FROM pg_publication_rel r WHERE r.prrelid = c.oid)), false) AS publication_table
FROM pg_class c
WHERE c.oid = ANY ({oids:pg_class})
