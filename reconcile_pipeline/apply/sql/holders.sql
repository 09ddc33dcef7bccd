-- Who holds a lock on one of these relations (names as `schema.relation`), the oldest transaction
-- first; a prepared one has no session. What others do is NULL to whoever may not see it.
SELECT l.pid, p.gid, a.usename::text, a.state,
       extract(epoch FROM pg_catalog.now() - coalesce(a.xact_start, p.prepared))::int8 AS seconds
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_class c ON c.oid = l.relation
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
LEFT JOIN pg_catalog.pg_locks x ON l.pid IS NULL AND x.locktype = 'transactionid' AND x.granted
                                AND x.virtualtransaction = l.virtualtransaction
LEFT JOIN pg_catalog.pg_prepared_xacts p ON p.transaction = x.transactionid
WHERE l.granted AND l.locktype = 'relation' AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d
                    WHERE d.datname = pg_catalog.current_database())
  AND n.nspname || '.' || c.relname = ANY (%s)
GROUP BY 1, 2, 3, 4, 5
ORDER BY seconds DESC NULLS LAST, 1
LIMIT 3
