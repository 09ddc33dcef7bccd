-- Row versions, as in trigger_fingerprint.sql, by catalog and bucket: rows that belong to one root
-- (a relation, a type, a routine) are in one of 256 buckets by its oid, so that a bucket that differs
-- from last time names the few roots to read again. Columns: catalog of the root ('' for comments
-- on anything else), catalog, bucket, rows, sum. Each part is also used alone, and for those rows
-- alone that were written since; {rows} is the condition, `true` for all.
-- Left out: pg_class, pg_attribute, pg_attrdef and pg_sequence, the largest ones. Nothing is deleted
-- from them without a trace in a row that stays, but for whole relations; so it is enough to ask
-- which of their rows were written since, and which relations are gone.
WITH r AS MATERIALIZED (
    SELECT age(d.datfrozenxid) AS age FROM pg_database d WHERE d.datname = current_database()
)
SELECT 'pg_class', 'pg_constraint', (x.conrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_constraint x WHERE x.conrelid <> 0 AND {rows} GROUP BY b
UNION ALL SELECT 'pg_type', 'pg_constraint', (x.contypid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_constraint x WHERE x.conrelid = 0 AND {rows} GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_index', (x.indrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_index x WHERE {rows} GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_inherits', (x.inhrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_inherits x WHERE {rows} GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_trigger', (x.tgrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_trigger x WHERE {rows} GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_rewrite', (x.ev_class::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_rewrite x WHERE {rows} GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_policy', (x.polrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_policy x WHERE {rows} GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_statistic_ext', (x.stxrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_statistic_ext x WHERE {rows} GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_publication_rel', (x.prrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_publication_rel x WHERE {rows} GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_foreign_table', (x.ftrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_foreign_table x WHERE {rows} GROUP BY b
UNION ALL SELECT 'pg_type', 'pg_type', (x.oid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_type x WHERE {rows} GROUP BY b
UNION ALL SELECT 'pg_type', 'pg_enum', (x.enumtypid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_enum x WHERE {rows} GROUP BY b
UNION ALL SELECT 'pg_type', 'pg_range', (x.rngtypid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_range x WHERE {rows} GROUP BY b
UNION ALL SELECT 'pg_proc', 'pg_proc', (x.oid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_proc x WHERE {rows} GROUP BY b
UNION ALL SELECT 'pg_proc', 'pg_aggregate', ((x.aggfnoid::oid)::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_aggregate x WHERE {rows} GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_description', (x.objoid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_description x
    WHERE x.classoid = 'pg_class'::regclass AND x.objoid >= 16384 AND {rows} GROUP BY b
UNION ALL SELECT 'pg_type', 'pg_description', (x.objoid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_description x
    WHERE x.classoid = 'pg_type'::regclass AND x.objoid >= 16384 AND {rows} GROUP BY b
UNION ALL SELECT 'pg_proc', 'pg_description', (x.objoid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_description x
    WHERE x.classoid = 'pg_proc'::regclass AND x.objoid >= 16384 AND {rows} GROUP BY b
UNION ALL SELECT '', 'pg_description', 0, count(*),
    count(*) * (TABLE r) - sum(int4smaller(age(x.xmin), (TABLE r))) FROM pg_description x
    WHERE x.classoid NOT IN ('pg_class'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass)
      AND (x.objoid >= 16384 OR x.objoid = 2200) AND {rows}
