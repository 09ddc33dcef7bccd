-- Foreign data wrappers. Option values can be secrets: names and hashes only.
-- none without: pg_foreign_data_wrapper
-- scope pg_foreign_data_wrapper: w.oid = ANY ({oids})
SELECT w.fdwname::text AS identity,
       NULL::text AS parent_kind, NULL::text AS parent_identity,
       'pg_foreign_data_wrapper' AS root_catalog, w.oid AS root_oid,
       NULLIF(w.fdwhandler, 0)::regproc::text AS handler,
       NULLIF(w.fdwvalidator, 0)::regproc::text AS validator,
       {secret(w.fdwoptions)} AS options,
       pg_get_userbyid(w.fdwowner)::text AS owner,
       {acl(w.fdwacl, 'F', w.fdwowner)} AS acl,
       d.description AS comment
FROM pg_foreign_data_wrapper w
{comment(d, pg_foreign_data_wrapper, w.oid)}
WHERE {no_extension(pg_foreign_data_wrapper, w.oid)}
  AND {scope}
ORDER BY 1
