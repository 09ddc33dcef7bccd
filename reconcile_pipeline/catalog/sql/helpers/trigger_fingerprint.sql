-- Row versions of every catalog that a snapshot is read from: how many rows there are, and the sum
-- of the transactions that wrote them. Any later transaction has a greater number, so a row that is
-- inserted, replaced or deleted changes one of the two. Transactions count from the database's
-- oldest unfrozen one, so that their age does not show; frozen rows count nothing.
-- Views stand in for catalogs that only a superuser may read. Of pg_depend only extension
-- membership can change alone; its other rows change together with the object's own.
WITH r AS MATERIALIZED (
    SELECT age(d.datfrozenxid) AS age FROM pg_database d WHERE d.datname = current_database()
)
SELECT 'pg_class', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_class x
UNION ALL SELECT 'pg_attribute', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_attribute x
UNION ALL SELECT 'pg_attrdef', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_attrdef x
UNION ALL SELECT 'pg_constraint', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_constraint x
UNION ALL SELECT 'pg_index', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_index x
UNION ALL SELECT 'pg_inherits', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_inherits x
UNION ALL SELECT 'pg_sequence', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_sequence x
UNION ALL SELECT 'pg_type', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_type x
UNION ALL SELECT 'pg_enum', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_enum x
UNION ALL SELECT 'pg_range', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_range x
UNION ALL SELECT 'pg_proc', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_proc x
UNION ALL SELECT 'pg_aggregate', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_aggregate x
UNION ALL SELECT 'pg_trigger', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_trigger x
UNION ALL SELECT 'pg_rewrite', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_rewrite x
UNION ALL SELECT 'pg_policy', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_policy x
UNION ALL SELECT 'pg_namespace', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_namespace x
UNION ALL SELECT 'pg_description', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_description x
UNION ALL SELECT 'pg_shdescription', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_shdescription x
UNION ALL SELECT 'pg_statistic_ext', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_statistic_ext x
UNION ALL SELECT 'pg_extension', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_extension x
UNION ALL SELECT 'pg_event_trigger', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_event_trigger x
UNION ALL SELECT 'pg_publication', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_publication x
UNION ALL SELECT 'pg_publication_rel', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_publication_rel x
UNION ALL SELECT 'pg_publication_namespace', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_publication_namespace x
UNION ALL SELECT 'pg_default_acl', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_default_acl x
UNION ALL SELECT 'pg_db_role_setting', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_db_role_setting x
UNION ALL SELECT 'pg_auth_members', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_auth_members x
UNION ALL SELECT 'pg_foreign_table', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_foreign_table x
UNION ALL SELECT 'pg_foreign_server', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_foreign_server x
UNION ALL SELECT 'pg_foreign_data_wrapper', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_foreign_data_wrapper x
UNION ALL SELECT 'pg_cast', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_cast x
UNION ALL SELECT 'pg_collation', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_collation x
UNION ALL SELECT 'pg_operator', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_operator x
UNION ALL SELECT 'pg_opclass', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_opclass x
UNION ALL SELECT 'pg_opfamily', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_opfamily x
UNION ALL SELECT 'pg_amop', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_amop x
UNION ALL SELECT 'pg_amproc', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_amproc x
UNION ALL SELECT 'pg_ts_config', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_ts_config x
UNION ALL SELECT 'pg_ts_config_map', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_ts_config_map x
UNION ALL SELECT 'pg_ts_dict', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_ts_dict x
UNION ALL SELECT 'pg_ts_parser', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_ts_parser x
UNION ALL SELECT 'pg_ts_template', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_ts_template x
UNION ALL SELECT 'pg_language', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_language x
UNION ALL SELECT 'pg_tablespace', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_tablespace x
UNION ALL SELECT 'pg_depend', count(*), count(*) * (TABLE r) - sum(least(age(x.xmin), (TABLE r)))
    FROM pg_depend x
WHERE x.refclassid = 'pg_extension'::regclass
UNION ALL SELECT 'pg_roles', count(*), sum(hashtext(x::text)) FROM pg_roles x
UNION ALL SELECT 'pg_user_mappings', count(*), sum(hashtext(x::text)) FROM pg_user_mappings x
