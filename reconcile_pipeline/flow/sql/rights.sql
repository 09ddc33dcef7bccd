-- What the connected user may do with the user's tables, and as whom.
-- Parameters: managed (schemas left out).
WITH mine AS (
  SELECT c.oid, c.relrowsecurity, c.relowner,
         pg_catalog.has_schema_privilege(n.oid, 'USAGE')
           AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS reads,
         pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') AS writes
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname <> ALL (%(managed)s::text[])
    AND n.nspname NOT LIKE 'pg\_%%' AND n.nspname <> 'information_schema'
)
SELECT u.rolname::text, u.rolsuper,
       (SELECT count(*) FROM mine) AS tables,
       (SELECT count(*) FROM mine WHERE NOT reads) AS unread,
       (SELECT count(*) FROM mine WHERE writes) AS written,
       (SELECT count(*) FROM mine WHERE relrowsecurity AND NOT u.rolbypassrls AND NOT u.rolsuper
          AND NOT pg_catalog.pg_has_role(relowner, 'USAGE')) AS filtered,
       ARRAY(SELECT r.rolname::text FROM pg_catalog.pg_roles r
             WHERE r.oid <> u.oid AND NOT u.rolsuper AND r.rolname NOT LIKE 'pg\_read\_all\_%%'
               AND r.rolname NOT IN ('pg_monitor', 'pg_read_all_settings', 'pg_read_all_stats',
                                     'pg_stat_scan_tables')
               AND pg_catalog.pg_has_role(r.oid, 'MEMBER') ORDER BY 1) AS becomes
FROM pg_catalog.pg_roles u WHERE u.rolname = current_user
