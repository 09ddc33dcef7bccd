-- Settings of roles (ALTER ROLE … SET): `value` holds in every database, `database_value` (IN
-- DATABASE) in this one. Those of the platform's own roles do not count.
-- none without: pg_db_role_setting
-- scope pg_authid: s.setrole = ANY ({oids})
SELECT r.rolname || '.' || x.name AS identity,
       CASE WHEN r.oid <> 10 AND r.rolname <> 'postgres' THEN 'role' END AS parent_kind,
       CASE WHEN r.oid <> 10 AND r.rolname <> 'postgres' THEN r.rolname::text END
           AS parent_identity,
       'pg_authid' AS root_catalog, r.oid AS root_oid,
       max({secret_setting(x.name, x.value)}) FILTER (WHERE s.setdatabase = 0) AS value,
       max({secret_setting(x.name, x.value)}) FILTER (WHERE s.setdatabase <> 0) AS database_value
FROM pg_db_role_setting s
JOIN pg_roles r ON r.oid = s.setrole
CROSS JOIN LATERAL unnest(s.setconfig) c(line)
CROSS JOIN LATERAL (SELECT split_part(c.line, '=', 1) AS name,
                           substr(c.line, strpos(c.line, '=') + 1) AS value) x
WHERE s.setdatabase IN (0, (SELECT b.oid FROM pg_database b WHERE b.datname = current_database()))
  AND r.rolname NOT IN ({platform_roles})
  AND {scope}
GROUP BY r.oid, r.rolname, x.name
ORDER BY 1
