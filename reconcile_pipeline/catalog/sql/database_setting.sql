-- Settings of this database (ALTER DATABASE … SET). A value whose name speaks of a secret is shown
-- as its hash.
-- none without: pg_db_role_setting
-- scope pg_database: s.setdatabase = ANY ({oids})
SELECT x.name AS identity,
       NULL::text AS parent_kind, NULL::text AS parent_identity,
       'pg_database' AS root_catalog, s.setdatabase AS root_oid,
       {secret_setting(x.name, x.value)} AS value
FROM pg_db_role_setting s
CROSS JOIN LATERAL unnest(s.setconfig) c(line)
CROSS JOIN LATERAL (SELECT split_part(c.line, '=', 1) AS name,
                           substr(c.line, strpos(c.line, '=') + 1) AS value) x
WHERE s.setrole = 0
  AND s.setdatabase = (SELECT b.oid FROM pg_database b WHERE b.datname = current_database())
  AND {scope}
ORDER BY 1
