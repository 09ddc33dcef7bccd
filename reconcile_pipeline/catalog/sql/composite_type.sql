-- Composite types made by CREATE TYPE. A table's own row type is no object.
-- none without: pg_class c WHERE c.relkind = 'c'
-- scope pg_type: t.oid = ANY ({oids})
-- scope pg_class: c.oid = ANY ({oids})
SELECT n.nspname || '.' || t.typname AS identity,
       'schema' AS parent_kind, n.nspname::text AS parent_identity,
       'pg_type' AS root_catalog, t.oid AS root_oid,
       (SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                          || CASE WHEN a.attcollation <> at.typcollation
                                  THEN ' COLLATE ' || a.attcollation::regcollation::text
                                  ELSE '' END,
                          E'\n' ORDER BY a.attnum)
        FROM pg_attribute a JOIN pg_type at ON at.oid = a.atttypid
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS attributes,
       (SELECT string_agg(quote_ident(a.attname) || ' ' || ad.description, E'\n'
                          ORDER BY a.attnum)
        FROM pg_attribute a
        JOIN pg_description ad ON ad.classoid = 'pg_class'::regclass
                              AND ad.objoid = a.attrelid AND ad.objsubid = a.attnum
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS attribute_comments,
       pg_get_userbyid(t.typowner)::text AS owner,
       {acl(t.typacl, 'T', t.typowner)} AS acl,
       d.description AS comment
FROM pg_type t
JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
JOIN pg_namespace n ON n.oid = t.typnamespace
{comment(d, pg_type, t.oid)}
WHERE t.typtype = 'c'
  AND {unmanaged(n.nspname)}
  AND {no_extension(pg_type, t.oid)}
  AND {scope}
ORDER BY 1
