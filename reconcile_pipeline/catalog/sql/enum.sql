-- Enum types, with their labels in order.
-- none without: pg_type t WHERE t.typtype = 'e'
-- scope pg_type: t.oid = ANY ({oids})
SELECT n.nspname || '.' || t.typname AS identity,
       'schema' AS parent_kind, n.nspname::text AS parent_identity,
       'pg_type' AS root_catalog, t.oid AS root_oid,
       (SELECT string_agg(l.enumlabel, E'\n' ORDER BY l.enumsortorder)
        FROM pg_enum l WHERE l.enumtypid = t.oid) AS labels,
       pg_get_userbyid(t.typowner)::text AS owner,
       {acl(t.typacl, 'T', t.typowner)} AS acl,
       d.description AS comment
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
{comment(d, pg_type, t.oid)}
WHERE t.typtype = 'e'
  AND {unmanaged(n.nspname)}
  AND {no_extension(pg_type, t.oid)}
  AND {scope}
ORDER BY 1
