-- Foreign servers. Option values can be secrets: names and hashes only.
-- none without: pg_foreign_server
-- scope pg_foreign_server: s.oid = ANY ({oids})
SELECT s.srvname::text AS identity,
       NULL::text AS parent_kind, NULL::text AS parent_identity,
       'pg_foreign_server' AS root_catalog, s.oid AS root_oid,
       w.fdwname::text AS wrapper,
       s.srvtype AS type,
       s.srvversion AS version,
       {secret(s.srvoptions)} AS options,
       pg_get_userbyid(s.srvowner)::text AS owner,
       {acl(s.srvacl, 'S', s.srvowner)} AS acl,
       d.description AS comment
FROM pg_foreign_server s
JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
{comment(d, pg_foreign_server, s.oid)}
WHERE {no_extension(pg_foreign_server, s.oid)}
  AND {scope}
ORDER BY 1
