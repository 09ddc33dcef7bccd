-- User mappings, `server.role`. Read from the view, which shows options only to those who may see
-- them; of the options, names and hashes only.
-- none without: pg_foreign_server
-- scope pg_user_mapping: u.umid = ANY ({oids})
-- scope pg_foreign_server: u.srvid = ANY ({oids})
SELECT u.srvname || '.' || u.usename AS identity,
       'foreign_server' AS parent_kind, u.srvname::text AS parent_identity,
       'pg_foreign_server' AS root_catalog, u.srvid AS root_oid,
       {secret(u.umoptions)} AS options
FROM pg_user_mappings u
WHERE {no_extension(pg_foreign_server, u.srvid)}
  AND {scope}
ORDER BY 1
