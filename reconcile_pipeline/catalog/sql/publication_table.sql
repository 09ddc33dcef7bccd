-- Tables that a publication names, with row filter and column list.
-- none without: pg_publication_rel
-- scope pg_class: r.prrelid = ANY ({oids})
-- scope pg_publication: r.prpubid = ANY ({oids})
-- scope pg_publication_rel: r.oid = ANY ({oids})
SELECT p.pubname || '.' || n.nspname || '.' || c.relname AS identity,
       'publication' AS parent_kind, p.pubname::text AS parent_identity,
       'pg_class' AS root_catalog, c.oid AS root_oid,
       n.nspname || '.' || c.relname AS "table",
       pg_get_expr(r.prqual, r.prrelid) AS row_filter,
       CASE WHEN r.prattrs IS NOT NULL THEN (
            SELECT string_agg(a.attname, E'\n' ORDER BY a.attname COLLATE "C") FROM pg_attribute a
            WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)) END AS columns
FROM pg_publication_rel r
JOIN pg_publication p ON p.oid = r.prpubid
JOIN pg_class c ON c.oid = r.prrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE p.pubname NOT IN ({platform_publications})
  AND {no_extension(pg_publication, p.oid)}
  AND {scope}
ORDER BY 1
