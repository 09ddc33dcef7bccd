-- Extended statistics objects.
-- none without: pg_statistic_ext
-- scope pg_class: s.stxrelid = ANY ({oids})
-- scope pg_statistic_ext: s.oid = ANY ({oids})
SELECT n.nspname || '.' || s.stxname AS identity,
       CASE t.relkind WHEN 'm' THEN 'materialized_view' WHEN 'f' THEN 'foreign_table'
                      ELSE 'table' END AS parent_kind,
       tn.nspname || '.' || t.relname AS parent_identity,
       'pg_class' AS root_catalog, t.oid AS root_oid,
       pg_get_statisticsobjdef(s.oid) AS definition,
       NULLIF(s.stxstattarget, -1)::int AS statistics,
       pg_get_userbyid(s.stxowner)::text AS owner,
       d.description AS comment
FROM pg_statistic_ext s
JOIN pg_namespace n ON n.oid = s.stxnamespace
JOIN pg_class t ON t.oid = s.stxrelid
JOIN pg_namespace tn ON tn.oid = t.relnamespace
{comment(d, pg_statistic_ext, s.oid)}
WHERE {unmanaged(tn.nspname)}
  AND {no_extension(pg_statistic_ext, s.oid)}
  AND {scope}
ORDER BY 1
