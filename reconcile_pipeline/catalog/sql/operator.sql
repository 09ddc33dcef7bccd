-- Operators. A missing argument of a prefix operator reads NONE.
-- none without: pg_operator o WHERE o.oprnamespace <> 'pg_catalog'::regnamespace
-- scope pg_operator: o.oid = ANY ({oids})
SELECT n.nspname || '.' || o.oprname || '('
       || CASE o.oprleft WHEN 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END || ','
       || format_type(o.oprright, NULL) || ')' AS identity,
       'schema' AS parent_kind, n.nspname::text AS parent_identity,
       'pg_operator' AS root_catalog, o.oid AS root_oid,
       NULLIF(o.oprcode, 0)::regproc::text AS function,
       format_type(o.oprresult, NULL) AS result,
       NULLIF(o.oprcom, 0)::regoperator::text AS commutator,
       NULLIF(o.oprnegate, 0)::regoperator::text AS negator,
       NULLIF(o.oprrest, 0)::regproc::text AS restrict,
       NULLIF(o.oprjoin, 0)::regproc::text AS "join",
       o.oprcanhash AS hashes,
       o.oprcanmerge AS merges,
       pg_get_userbyid(o.oprowner)::text AS owner,
       d.description AS comment
FROM pg_operator o
JOIN pg_namespace n ON n.oid = o.oprnamespace
{comment(d, pg_operator, o.oid)}
WHERE o.oprcode <> 0
  AND {unmanaged(n.nspname)}
  AND {no_extension(pg_operator, o.oid)}
  AND {scope}
ORDER BY 1
