-- Range types. Their multirange type is a facet, not an object.
-- none without: pg_range r JOIN pg_type t ON t.oid = r.rngtypid WHERE t.typnamespace <> 'pg_catalog'::regnamespace
-- scope pg_type: t.oid = ANY ({oids})
SELECT n.nspname || '.' || t.typname AS identity,
       'schema' AS parent_kind, n.nspname::text AS parent_identity,
       'pg_type' AS root_catalog, t.oid AS root_oid,
       format_type(r.rngsubtype, NULL) AS subtype,
       (SELECT quote_ident(opn.nspname) || '.' || quote_ident(op.opcname)
        FROM pg_opclass op JOIN pg_namespace opn ON opn.oid = op.opcnamespace
        WHERE op.oid = r.rngsubopc) AS operator_class,
       NULLIF(r.rngcollation, 0)::regcollation::text AS collation,
       NULLIF(r.rngcanonical, 0)::regproc::text AS canonical,
       NULLIF(r.rngsubdiff, 0)::regproc::text AS subtype_diff,
       format_type(r.rngmultitypid, NULL) AS multirange_type,
       pg_get_userbyid(t.typowner)::text AS owner,
       {acl(t.typacl, 'T', t.typowner)} AS acl,
       d.description AS comment
FROM pg_range r
JOIN pg_type t ON t.oid = r.rngtypid
JOIN pg_namespace n ON n.oid = t.typnamespace
{comment(d, pg_type, t.oid)}
WHERE {unmanaged(n.nspname)}
  AND {no_extension(pg_type, t.oid)}
  AND {scope}
ORDER BY 1
