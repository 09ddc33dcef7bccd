-- What this transaction has done to rows so far, and whether it holds a lock that nothing but
-- TRUNCATE, DROP or ALTER takes: then rows could be gone that no counter shows.
SELECT c.oid::bigint AS oid, n.nspname || '.' || c.relname AS name,
       pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid) AS inserted,
       pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) AS updated,
       pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid) AS deleted,
       coalesce(l.mode = 'AccessExclusiveLock', false) AS exclusive
FROM (SELECT relation, max(mode) FILTER (WHERE mode = 'AccessExclusiveLock') AS mode
      FROM pg_catalog.pg_locks
      WHERE locktype = 'relation' AND pid = pg_catalog.pg_backend_pid()
        AND database = (SELECT oid FROM pg_catalog.pg_database
                        WHERE datname = pg_catalog.current_database())
      GROUP BY relation) l
JOIN pg_catalog.pg_class c ON c.oid = l.relation
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_toast%'
