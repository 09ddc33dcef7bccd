-- Publications; their tables and schemas are objects of their own.
-- none without: pg_publication
-- scope pg_publication: p.oid = ANY ({oids})
SELECT p.pubname::text AS identity,
       NULL::text AS parent_kind, NULL::text AS parent_identity,
       'pg_publication' AS root_catalog, p.oid AS root_oid,
       p.puballtables AS all_tables,
       concat_ws(E'\n', CASE WHEN p.pubdelete THEN 'delete' END,
                 CASE WHEN p.pubinsert THEN 'insert' END,
                 CASE WHEN p.pubtruncate THEN 'truncate' END,
                 CASE WHEN p.pubupdate THEN 'update' END) AS operations,
       p.pubviaroot AS via_root,
       CASE p.pubgencols WHEN 's' THEN 'stored' END AS generated_columns,  -- from 18
       NULL::text AS generated_columns,                                    -- before 18
       pg_get_userbyid(p.pubowner)::text AS owner,
       d.description AS comment
FROM pg_publication p
{comment(d, pg_publication, p.oid)}
WHERE p.pubname NOT IN ({platform_publications})
  AND {no_extension(pg_publication, p.oid)}
  AND {scope}
ORDER BY 1
