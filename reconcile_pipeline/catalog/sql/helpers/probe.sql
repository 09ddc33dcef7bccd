-- Which kinds have anything below these relations: a list of them. Asking first is cheaper than
-- queries that find nothing.
SELECT array_remove(ARRAY[
       CASE WHEN bool_or(c.relkind IN ('r', 'p')) THEN 'table' END,
       CASE WHEN bool_or(c.relkind IN ('r', 'p', 'f')) THEN 'column' END,
       CASE WHEN bool_or(c.relkind IN ('r', 'p', 'f')
                         AND EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid))
            THEN 'constraint' END,
       CASE WHEN bool_or(c.relhasindex OR c.relkind IN ('i', 'I')) THEN 'index' END,
       CASE WHEN bool_or(c.relkind = 'S' OR EXISTS (
                 SELECT FROM pg_depend d
                 WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
                   AND d.classid = 'pg_class'::regclass AND d.deptype = 'a')) THEN 'sequence' END,
       CASE WHEN bool_or(c.relkind = 'v') THEN 'view' END,
       CASE WHEN bool_or(c.relkind = 'm') THEN 'materialized_view' END,
       CASE WHEN bool_or(c.relkind = 'f') THEN 'foreign_table' END,
       CASE WHEN bool_or(c.relkind = 'c') THEN 'composite_type' END,
       CASE WHEN bool_or(c.relhastriggers) THEN 'trigger' END,
       CASE WHEN bool_or(c.relhasrules AND EXISTS (
                 SELECT FROM pg_rewrite r
                 WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN')) THEN 'rule' END,
       CASE WHEN bool_or(EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))
            THEN 'policy' END,
       CASE WHEN bool_or(EXISTS (SELECT FROM pg_statistic_ext s WHERE s.stxrelid = c.oid))
            THEN 'statistics' END,
       CASE WHEN bool_or(EXISTS (SELECT FROM pg_publication_rel r WHERE r.prrelid = c.oid))
            THEN 'publication_table' END], NULL)
FROM pg_class c
WHERE c.oid = ANY ({oids:pg_class})
