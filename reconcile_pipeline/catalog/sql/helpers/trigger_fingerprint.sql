-- Row versions of every catalog that a snapshot is read from: how many rows there are, and the sum
-- of the transactions that wrote them. Any later transaction has a greater number, so a row that is
-- inserted, replaced or deleted changes one of the two. Transactions count from the database's
-- oldest unfrozen one, so that their age does not show; frozen rows count nothing. That is worked
-- out from the rows' ages, none counted as more than that oldest one's, which is in row `r`.
-- Left out is pg_attrdef: whatever writes a default writes the column's own row as well (heap.c and
-- pg_attrdef.c, alike in PostgreSQL 15 to 18).
-- Views stand in for catalogs that only a superuser may read. Of pg_depend only extension
-- membership can change alone; its other rows change together with the object's own.
WITH r AS MATERIALIZED (
    SELECT age(d.datfrozenxid) AS age FROM pg_database d WHERE d.datname = current_database()
)
SELECT 'pg_class', count(*), sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_class x
UNION ALL SELECT 'pg_attribute', count(*), sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_attribute x
UNION ALL SELECT 'pg_constraint', count(*), sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_constraint x
UNION ALL SELECT 'pg_index', count(*), sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_index x
UNION ALL SELECT 'pg_sequence', count(*), sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_sequence x
UNION ALL SELECT 'pg_type', count(*), sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_type x
UNION ALL SELECT 'pg_proc', count(*), sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_proc x
UNION ALL SELECT 'pg_trigger', count(*), sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_trigger x
UNION ALL SELECT 'pg_policy', count(*), sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_policy x
-- The server's own objects bring thousands of comments, of which only schema public's is ours.
UNION ALL SELECT 'pg_description', count(*), sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_description x WHERE x.objoid >= 16384 OR x.objoid = 2200
-- Small ones, or empty ones, together: to plan a query for each takes longer than to run it. One
-- that is empty has no row.
UNION ALL SELECT x.tableoid::regclass::text, count(*), sum(int4smaller(age(x.xmin), (TABLE r)))
FROM (
    SELECT tableoid, xmin FROM pg_inherits
    UNION ALL SELECT tableoid, xmin FROM pg_enum
    UNION ALL SELECT tableoid, xmin FROM pg_range
    UNION ALL SELECT tableoid, xmin FROM pg_aggregate
    UNION ALL SELECT tableoid, xmin FROM pg_rewrite
    UNION ALL SELECT tableoid, xmin FROM pg_namespace
    UNION ALL SELECT tableoid, xmin FROM pg_shdescription
    UNION ALL SELECT tableoid, xmin FROM pg_statistic_ext
    UNION ALL SELECT tableoid, xmin FROM pg_extension
    UNION ALL SELECT tableoid, xmin FROM pg_event_trigger
    UNION ALL SELECT tableoid, xmin FROM pg_publication
    UNION ALL SELECT tableoid, xmin FROM pg_publication_rel
    UNION ALL SELECT tableoid, xmin FROM pg_publication_namespace
    UNION ALL SELECT tableoid, xmin FROM pg_default_acl
    UNION ALL SELECT tableoid, xmin FROM pg_db_role_setting
    UNION ALL SELECT tableoid, xmin FROM pg_auth_members
    UNION ALL SELECT tableoid, xmin FROM pg_foreign_table
    UNION ALL SELECT tableoid, xmin FROM pg_foreign_server
    UNION ALL SELECT tableoid, xmin FROM pg_foreign_data_wrapper
    UNION ALL SELECT tableoid, xmin FROM pg_cast
    UNION ALL SELECT tableoid, xmin FROM pg_collation
    UNION ALL SELECT tableoid, xmin FROM pg_operator
    UNION ALL SELECT tableoid, xmin FROM pg_opclass
    UNION ALL SELECT tableoid, xmin FROM pg_opfamily
    UNION ALL SELECT tableoid, xmin FROM pg_amop
    UNION ALL SELECT tableoid, xmin FROM pg_amproc
    UNION ALL SELECT tableoid, xmin FROM pg_ts_config
    UNION ALL SELECT tableoid, xmin FROM pg_ts_config_map
    UNION ALL SELECT tableoid, xmin FROM pg_ts_dict
    UNION ALL SELECT tableoid, xmin FROM pg_ts_parser
    UNION ALL SELECT tableoid, xmin FROM pg_ts_template
    UNION ALL SELECT tableoid, xmin FROM pg_language
    UNION ALL SELECT tableoid, xmin FROM pg_tablespace
) x GROUP BY x.tableoid
UNION ALL SELECT 'pg_depend', count(*), sum(int4smaller(age(x.xmin), (TABLE r)))
    FROM pg_depend x
WHERE x.refclassid = 'pg_extension'::regclass
UNION ALL SELECT 'pg_roles', count(*), count(*) * (TABLE r) - sum(hashtext(x::text))
    FROM pg_roles x
UNION ALL SELECT 'r', 0, (TABLE r)
-- Asked for only where there are foreign servers.
UNION ALL SELECT 'pg_user_mappings', count(*), count(*) * (TABLE r) - sum(hashtext(x::text))
    FROM pg_user_mappings x
