-- Rewrite rules, but for the _RETURN rule that makes a view.
-- none without: pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE r.rulename <> '_RETURN' AND c.relnamespace <> 'pg_catalog'::regnamespace
-- scope pg_class: r.ev_class = ANY ({oids})
-- scope pg_rewrite: r.oid = ANY ({oids})
SELECT n.nspname || '.' || c.relname || '.' || r.rulename AS identity,
       CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized_view'
                      ELSE 'table' END AS parent_kind,
       n.nspname || '.' || c.relname AS parent_identity,
       'pg_class' AS root_catalog, c.oid AS root_oid,
       pg_get_ruledef(r.oid) AS definition,
       CASE r.ev_enabled WHEN 'O' THEN 'origin' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica'
                         ELSE 'always' END AS enabled,
       d.description AS comment
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
{comment(d, pg_rewrite, r.oid)}
WHERE r.rulename <> '_RETURN'
  AND {unmanaged(n.nspname)}
  AND {no_extension(pg_class, c.oid)}
  AND {scope}
ORDER BY 1
