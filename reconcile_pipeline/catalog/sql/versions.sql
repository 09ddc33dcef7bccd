-- Row versions, as in trigger_fingerprint.sql, by catalog and bucket: rows that belong to one root
-- (a relation, a type, a routine) are in one of 256 buckets by its oid, so that a bucket that differs
-- from last time names the few roots to read again. Columns: catalog of the root ('' for catalogs
-- that are counted as a whole), catalog, bucket, rows, sum. The first row is the reference: when
-- the oldest unfrozen transaction moves, sums of before cannot be compared.
WITH r AS MATERIALIZED (
    SELECT age(d.datfrozenxid) AS age FROM pg_database d WHERE d.datname = current_database()
)
SELECT '' AS root, 'reference' AS catalog, 0 AS bucket, 0::bigint AS count,
       d.datfrozenxid::text::bigint AS sum
FROM pg_database d WHERE d.datname = current_database()
UNION ALL SELECT 'pg_class', 'pg_class', (x.oid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_class x GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_attribute', (x.attrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_attribute x GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_attrdef', (x.adrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_attrdef x GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_constraint', (x.conrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_constraint x WHERE x.conrelid <> 0 GROUP BY b
UNION ALL SELECT 'pg_type', 'pg_constraint', (x.contypid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_constraint x WHERE x.conrelid = 0 GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_index', (x.indrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_index x GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_inherits', (x.inhrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_inherits x GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_sequence', (x.seqrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_sequence x GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_trigger', (x.tgrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_trigger x GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_rewrite', (x.ev_class::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_rewrite x GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_policy', (x.polrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_policy x GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_statistic_ext', (x.stxrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_statistic_ext x GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_publication_rel', (x.prrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_publication_rel x GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_foreign_table', (x.ftrelid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_foreign_table x GROUP BY b
UNION ALL SELECT 'pg_type', 'pg_type', (x.oid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_type x GROUP BY b
UNION ALL SELECT 'pg_type', 'pg_enum', (x.enumtypid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_enum x GROUP BY b
UNION ALL SELECT 'pg_type', 'pg_range', (x.rngtypid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_range x GROUP BY b
UNION ALL SELECT 'pg_proc', 'pg_proc', (x.oid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_proc x GROUP BY b
UNION ALL SELECT 'pg_proc', 'pg_aggregate', ((x.aggfnoid::oid)::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_aggregate x GROUP BY b
UNION ALL SELECT 'pg_class', 'pg_description', (x.objoid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_description x WHERE x.classoid = 'pg_class'::regclass GROUP BY b
UNION ALL SELECT 'pg_type', 'pg_description', (x.objoid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_description x WHERE x.classoid = 'pg_type'::regclass GROUP BY b
UNION ALL SELECT 'pg_proc', 'pg_description', (x.objoid::int8 & 255)::int AS b, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_description x WHERE x.classoid = 'pg_proc'::regclass GROUP BY b
UNION ALL SELECT '', 'pg_namespace', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_namespace x
UNION ALL SELECT '', 'pg_event_trigger', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_event_trigger x
UNION ALL SELECT '', 'pg_publication', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_publication x
UNION ALL SELECT '', 'pg_publication_namespace', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_publication_namespace x
UNION ALL SELECT '', 'pg_default_acl', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_default_acl x
UNION ALL SELECT '', 'pg_db_role_setting', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_db_role_setting x
UNION ALL SELECT '', 'pg_auth_members', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_auth_members x
UNION ALL SELECT '', 'pg_shdescription', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_shdescription x
UNION ALL SELECT '', 'pg_foreign_server', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_foreign_server x
UNION ALL SELECT '', 'pg_foreign_data_wrapper', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_foreign_data_wrapper x
UNION ALL SELECT '', 'pg_cast', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_cast x
UNION ALL SELECT '', 'pg_collation', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_collation x
UNION ALL SELECT '', 'pg_operator', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_operator x
UNION ALL SELECT '', 'pg_opclass', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_opclass x
UNION ALL SELECT '', 'pg_opfamily', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_opfamily x
UNION ALL SELECT '', 'pg_amop', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_amop x
UNION ALL SELECT '', 'pg_amproc', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_amproc x
UNION ALL SELECT '', 'pg_ts_config', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_ts_config x
UNION ALL SELECT '', 'pg_ts_config_map', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_ts_config_map x
UNION ALL SELECT '', 'pg_ts_dict', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_ts_dict x
UNION ALL SELECT '', 'pg_ts_parser', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_ts_parser x
UNION ALL SELECT '', 'pg_ts_template', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_ts_template x
UNION ALL SELECT '', 'pg_extension', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_extension x
UNION ALL SELECT '', 'pg_language', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_language x
UNION ALL SELECT '', 'pg_tablespace', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_tablespace x
UNION ALL SELECT '', 'pg_description', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_description x
    WHERE x.classoid NOT IN ('pg_class'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass)
UNION ALL SELECT '', 'pg_depend', 0, count(*),
    count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r))) FROM pg_depend x
    WHERE x.refclassid = 'pg_extension'::regclass
UNION ALL SELECT '', 'pg_roles', 0, count(*), sum(hashtext(x::text)) FROM pg_roles x
UNION ALL SELECT '', 'pg_user_mappings', 0, count(*), sum(hashtext(x::text))
    FROM pg_user_mappings x
