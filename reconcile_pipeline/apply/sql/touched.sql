-- What this very transaction did to the rows of each table, by PostgreSQL's own counters.
SELECT q.oid, q.inserted, q.updated, q.deleted
FROM (SELECT c.oid::bigint AS oid,
             pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid) AS inserted,
             pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) AS updated,
             pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid) AS deleted
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p')
        AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND n.nspname NOT LIKE 'pg\_toast%' AND n.nspname NOT LIKE 'pg\_temp%') q
WHERE q.inserted + q.updated + q.deleted > 0
